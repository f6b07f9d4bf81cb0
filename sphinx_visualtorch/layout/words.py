"""The words of a figure: names, facts, shapes, tooltips.

Shapes leave out the batch: ``3 × 224²`` is three channels of 224 × 224, ``197 × 768`` a sequence
of 197 vectors.  Numbers of parameters are written as ``25.6 M``.
"""

from __future__ import annotations

from collections.abc import Sequence

from sphinx_visualtorch.graph import ArchitectureGraph, Node, Scope, TensorSpec
from sphinx_visualtorch.options import FigureOptions
from sphinx_visualtorch.theme import ROLES

__all__ = [
    "alt_text",
    "count_text",
    "facts",
    "figure_data",
    "label",
    "node_data",
    "shape_text",
    "span_text",
    "tooltip",
]

CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")
TIMES = "\N{MULTIPLICATION SIGN}"


def count_text(number: int) -> str:
    """Return a number as people write it: 158, 61.7 k, 25.6 M, 6.74 B."""
    return _rounded(number, ((1e9, "B"), (1e6, "M"), (1e3, "k"))) or str(number)


def flops_text(number: int) -> str:
    """Return floating-point operations as people write them: 96 FLOPs, 8.18 GFLOPs."""
    units = ((1e15, "P"), (1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
    return f"{_rounded(number, units) or f'{number} '}FLOPs"


def _rounded(number: int, units: Sequence[tuple[float, str]]) -> str:
    """Return three digits and the unit, nothing if the number is less than all of *units*."""
    for limit, unit in units:
        if number >= limit * 0.9995:
            value = number / limit
            digits = 2 if value < 9.995 else 1 if value < 99.95 else 0
            return f"{value:.{digits}f} {unit}"
    return ""


def sizes_text(sizes: tuple[int, ...]) -> str:
    """Return sizes with a cross between them, equal last two as a square."""
    if len(sizes) >= 2 and sizes[-1] == sizes[-2]:
        power = "³" if len(sizes) >= 3 and sizes[-3] == sizes[-1] and len(sizes) > 3 else "²"
        head = sizes[: -3 if power == "³" else -2]
        return f" {TIMES} ".join([*map(str, head), f"{sizes[-1]}{power}"])
    return f" {TIMES} ".join(map(str, sizes))


def shape_text(spec: TensorSpec) -> str:
    """Return a tensor's shape without its batch; a scalar a batch is ``1``."""
    if len(spec.shape) <= 1:
        return str(spec.shape[0]) if spec.shape else "scalar"
    if len(spec.shape) == 3:  # a sequence of vectors is no square image
        return f" {TIMES} ".join(map(str, spec.shape[1:]))
    return sizes_text(spec.shape[1:])


def _pair(text: str) -> str:
    """Return ``3×3`` for ``(3, 3)`` or ``3``."""
    numbers = [part.strip() for part in text.strip("()[] ").split(",") if part.strip()]
    if not numbers or not all(part.lstrip("-").isdecimal() for part in numbers):
        return ""
    return TIMES.join(numbers if len(numbers) > 1 else numbers * 2)


def kernel_text(node: Node) -> str:
    """Return kernel and stride of a convolution or pooling: ``3×3 / 2``; empty without."""
    values = dict(node.attributes)
    raw = values.get("kernel_size", "")
    if node.kind.endswith("1d"):
        kernel = raw.strip("(), ")
    elif not raw and node.role in ("convolution", "upsampling"):
        kernel = ""
    else:
        kernel = _pair(raw)
    if not kernel:
        return ""
    stride = values.get("stride", "").strip("()[] ").split(",")[0].strip()
    same = node.role == "pooling" and stride == kernel.split(TIMES)[0]
    return f"{kernel} / {stride}" if stride not in ("", "1", "None") and not same else kernel


def _width(node: Node) -> str:
    """Return the size of the dimension that a layer makes: its channels or features."""
    values = dict(node.attributes)
    for name in ("out_channels", "out_features", "hidden_size", "embedding_dim"):
        if name in values:
            return values[name]
    return ""


def _special_fact(node: Node) -> str | None:
    """Return what is told of a role, "" for nothing, None where its output says most."""
    values = dict(node.attributes)
    width = _width(node)
    match node.role:
        case "convolution" | "upsampling":
            return ", ".join(part for part in (kernel_text(node), width) if part) or None
        case "pooling":
            return kernel_text(node)
        case "linear":
            return f"→ {width}" if width else None
        case "attention":
            heads = values.get("num_heads", values.get("nhead", ""))
            return f"{heads} heads" if heads else None
        case "recurrent":
            both = ", both ways" if values.get("bidirectional") == "True" else ""
            return f"→ {width}{both}" if width else ""
        case "embedding":
            rows = values.get("num_embeddings", "")
            return f"{rows} {TIMES} {width}" if rows else None
        case "normalisation" | "activation" | "dropout" | "merge":
            return ""
        case _:
            return None


def facts(node: Node) -> str:
    """Return the one thing that a reader wants to know of a layer besides its name."""
    fact = _special_fact(node) if node.op not in ("scope", "input") else None
    if fact is None:
        return shape_text(node.outputs[0]) if node.outputs else ""
    return fact


def label(node: Node, options: FigureOptions, *, default: str = "kind") -> str:
    """Return what a box is called; *default* is what ``label: auto`` means in this style."""
    wanted = options.label if options.label != "auto" else default
    if wanted == "none":
        return ""
    if node.op == "input":
        above, _, last = node.path.rpartition(".")
        return f"{above}[{last}]" if above and last.isdecimal() else node.name or "input"
    name = node.name
    if name.isdecimal() or not name:  # the position in a Sequential is no name
        name = span_text(node.path, node.repeat) if node.op == "scope" else node.kind
    if (
        wanted == "both"
        and node.op not in ("function", "parameter", "constant")
        and name != node.kind
    ):
        return f"{name} · {node.kind}"
    if node.op == "function":
        return _SHORT.get(node.kind, node.kind)
    if wanted == "name" or node.op in ("parameter", "constant"):
        return name
    return node.kind


_SHORT = {
    "scaled_dot_product_attention": "attention",
    "multi_head_attention_forward": "attention",
    "adaptive_avg_pool2d": "avg_pool",
    "adaptive_max_pool2d": "max_pool",
}
"""Functions whose names are longer than a box."""


def span_text(path: str, repeat: int) -> str:
    """Return the paths of *repeat* blocks from *path* on: ``layer1.1–2``; at most two levels."""
    *above, last = path.split(".")
    if repeat > 1 and last.isdecimal():
        last = f"{last}–{int(last) + repeat - 1}"
    return ".".join([*above[-1:], last]) or "model"


def contents(node: Node) -> str:
    """Return what a collapsed scope holds, with its repetition: ``Bottleneck × 3``."""
    if node.op != "scope":
        return ""
    if node.repeat > 1:
        return f"{node.kind} {TIMES} {node.repeat}"
    # a class of the author's own says more than what is in it
    return dict(node.attributes).get("contains", "") if node.kind in CONTAINERS else ""


def _specs_text(specs: tuple[TensorSpec, ...]) -> str:
    shown = [f"{TIMES.join(map(str, spec.shape)) or 'scalar'} {spec.dtype}" for spec in specs[:4]]
    return ", ".join(shown) + (", …" if len(specs) > 4 else "")


def tooltip(node: Node) -> str:
    """Return what is shown on hover: path, class and arguments, tensors, what it costs."""
    arguments = ", ".join(
        value if name.isdecimal() else f"{name}={value}"
        for name, value in node.attributes
        if name != "contains"
    )
    first = f"{node.path or node.name}: {node.kind}"
    if node.op in ("module", "function") and arguments:
        first += f"({arguments})"
    lines = [first + (f" {TIMES} {node.repeat}" if node.repeat > 1 else "")]
    if node.parts:
        lines.append("with " + ", ".join(part.kind for part in node.parts))
    if contents(node):
        lines.append(f"contains {contents(node)}")
    if node.inputs or node.outputs:
        lines.append(f"{_specs_text(node.inputs) or 'nothing'} → {_specs_text(node.outputs)}")
    if costs := _costs(node):
        lines.append(costs)
    return "\n".join(lines)


def _costs(node: Node) -> str:
    parts = []
    if node.parameters:
        fixed = " frozen" if node.frozen == node.parameters else ""
        parts.append(f"{count_text(node.parameters)}{fixed} parameters")
        if 0 < node.frozen < node.parameters:
            parts[-1] += f" ({count_text(node.frozen)} frozen)"
    if node.flops:
        parts.append(flops_text(node.flops))
    return ", ".join(parts)


def node_data(node: Node) -> tuple[tuple[str, str], ...]:
    """Return the open interface of a box: path, kind, id, calls, parameters and FLOPs."""
    pairs = [
        ("path", node.path or node.name),
        ("kind", node.kind),
        ("calls", str(node.calls)),
        ("params", str(node.parameters)),
        ("flops", str(node.flops)),
    ]
    if node.id != (node.path or node.name):
        pairs.append(("id", node.id))
    if node.repeat > 1:
        pairs.append(("repeat", str(node.repeat)))
    return tuple(pairs)


def scope_data(scope: Scope) -> tuple[tuple[str, str], ...]:
    """Return the open interface of a frame; it carries no counts."""
    pairs = [("path", scope.path), ("kind", scope.kind)]
    if scope.repeat > 1:
        pairs.append(("repeat", str(scope.repeat)))
    return tuple(pairs)


def figure_data(graph: ArchitectureGraph, style: str, digest: str) -> tuple[tuple[str, str], ...]:
    """Return the open interface of a whole figure; *digest* is that of the traced graph."""
    return (
        ("model", graph.name),
        ("style", style),
        ("digest", digest),
        ("params", str(graph.parameters)),
        ("flops", str(graph.flops)),
    )


def alt_text(graph: ArchitectureGraph) -> str:
    """Return a sentence for readers who cannot see the figure."""
    layers = graph.calls
    inputs = [
        f"{node.name} {TIMES.join(map(str, node.outputs[0].shape)) or 'scalar'}"
        for node in graph.nodes
        if node.op == "input" and node.outputs
    ]
    text = (
        f"Architecture of {graph.name}: {layers} layer{'s' if layers != 1 else ''}, "
        f"{count_text(graph.parameters)} parameters"
    )
    if inputs:
        text += f", {'inputs' if len(inputs) > 1 else 'input'} {', '.join(inputs)}"
    return "; note: ".join([text, *graph.notes])


def role_words(role: str) -> str:
    """Return what a legend calls a role."""
    return ROLES.get(role, role.capitalize())
