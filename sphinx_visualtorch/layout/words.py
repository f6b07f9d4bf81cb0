"""The words of a figure: names, facts, shapes, tooltips.

Shapes leave out the batch: ``3 × 224²`` is three channels of 224 × 224, ``197 × 768`` a sequence
of 197 vectors.  *layered* writes the parts of the same text at the edges of a body, and *lenet*
keeps to the convention of 1998, ``3@224×224``.  Numbers of parameters are written as ``25.6 M``.
"""

from __future__ import annotations

from collections.abc import Sequence

from sphinx_visualtorch.graph import (
    CONTAINERS,
    ArchitectureGraph,
    Node,
    Part,
    Scope,
    TensorSpec,
    is_row,
)
from sphinx_visualtorch.options import FigureOptions
from sphinx_visualtorch.rules import ruled
from sphinx_visualtorch.theme import ROLES

__all__ = [
    "batch_of",
    "bytes_text",
    "contents",
    "costs",
    "count_of",
    "count_text",
    "facts",
    "flops_text",
    "kernel_text",
    "label",
    "path_text",
    "repeat_text",
    "role_words",
    "scope_name",
    "scope_title",
    "shape_text",
    "short_kind",
    "sizes_of",
    "space_text",
    "span_text",
    "way_text",
]

TIMES = "\N{MULTIPLICATION SIGN}"
_SHARED = " shared"  # behind how often one layer is called
PARALLEL = " parallel"
"""Stands behind the number of equal blocks that are side by side."""


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


def bytes_text(number: int) -> str:
    """Return bytes as people write them: 512 B, 37.7 MB."""
    units = ((1e12, "T"), (1e9, "G"), (1e6, "M"), (1e3, "k"))
    return f"{_rounded(number, units) or f'{number} '}B"


def batch_of(graph: ArchitectureGraph) -> int:
    """Return the size of the batch: the first size of the first input."""
    for node in graph.nodes:
        if node.op == "input" and node.outputs and node.outputs[0].shape:
            return node.outputs[0].shape[0]
    return 1


def sizes_of(spec: TensorSpec, batch: int | None = None) -> tuple[int, ...]:
    """Return the sizes of a tensor without its batch, which is the first of several.

    A table of two dimensions that does not begin with the *batch* (embedded positions) has none.
    """
    table = len(spec.shape) == 2 and batch is not None and spec.shape[0] != batch
    return spec.shape[1:] if len(spec.shape) > 1 and not table else spec.shape


def space_text(sizes: Sequence[int], cross: str = TIMES) -> str:
    """Return rows and columns, and what is before them: ``56²``, ``28×56``, ``8×56²``, ``16³``."""
    equal = 0
    for size in reversed(sizes):
        if size != sizes[-1] or equal == 3:
            break
        equal += 1
    if equal < 2:
        return cross.join(map(str, sizes))
    return cross.join([*map(str, sizes[: len(sizes) - equal]), f"{sizes[-1]}{'²³'[equal - 2]}"])


def shape_text(spec: TensorSpec, batch: int | None = None) -> str:
    """Return a tensor's shape without its batch; a scalar a batch is ``1``."""
    return _sizes_text(sizes_of(spec, batch))


def _sizes_text(sizes: Sequence[int]) -> str:
    cross = f" {TIMES} "
    if len(sizes) < 3:  # a sequence of vectors is no square image
        return cross.join(map(str, sizes)) or "scalar"
    return cross.join([str(sizes[0]), space_text(sizes[1:], cross)])


def _sizes(text: str, axes: int) -> str:
    """Return ``3×3`` for ``(3, 3)``, or for ``3`` with two *axes*."""
    numbers = [part.strip() for part in text.strip("()[] ").split(",") if part.strip()]
    if not numbers or not all(part.lstrip("-").isdecimal() for part in numbers):
        return ""
    return TIMES.join(numbers if len(numbers) > 1 else numbers * axes)


def kernel_text(node: Node | Part) -> str:
    """Return kernel and stride of a convolution or pooling: ``3×3 / 2``; empty without."""
    values = dict(node.attributes)
    raw = values.get("kernel_size", "")
    if node.kind.lower().endswith("1d"):
        kernel = raw.strip("(), ")
    elif not raw and node.role in ("convolution", "upsampling"):
        kernel = ""
    else:
        kernel = _sizes(raw, 3 if node.kind.lower().endswith("3d") else 2)
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


def _own_facts(node: Node) -> list[tuple[str, str]] | None:
    """Return what is told of a role, as pairs of a name for ``show`` and a text.

    None where its output says most.
    """
    values = dict(node.attributes)
    width = _width(node)
    match node.role:
        case "convolution" | "upsampling":
            found = [("kernel", kernel_text(node)), ("features", width)]
            return found if any(text for _, text in found) else None
        case "pooling":
            return [("kernel", kernel_text(node))]
        case "linear":
            return [("features", f"→ {width}")] if width else None
        case "attention":
            heads = values.get("num_heads", values.get("nhead", ""))
            return [("heads", f"{heads} heads")] if heads else None
        case "recurrent":
            both = ", both ways" if values.get("bidirectional") == "True" else ""
            return [("features", f"→ {width}{both}" if width else "")]
        case "embedding":
            rows = values.get("num_embeddings", "")
            return [("features", f"{rows} {TIMES} {width}")] if rows else None
        case "normalisation" | "activation" | "dropout" | "merge":
            return []
        case _:
            return None


def facts(node: Node, options: FigureOptions, batch: int | None = None) -> str:
    """Return what a reader wants to know of a layer besides its name: ``3×3 / 2, 64``.

    A shape that the author asks for stands in the place of the channels that are a part of it.
    """
    own = _own_facts(node) if node.op not in ("scope", "input") else None
    asked = options.asks("shape")
    told = [
        text
        for what, text in own or ()
        if text and options.tells(what) and (what != "features" or not asked)
    ]
    if (own is None or asked) and options.tells("shape"):
        told.append(_output_text(node, batch))
    return ", ".join(text for text in told if text)


def _output_text(node: Node, batch: int | None) -> str:
    if not node.outputs:
        return ""
    spec = node.outputs[0]
    if node.op in ("parameter", "constant") and spec.shape[:1] != (1,):
        return _sizes_text(spec.shape)  # there is no batch in it
    return shape_text(spec, batch)


def costs(node: Node, options: FigureOptions) -> str:
    """Return the numbers that the author asks for: ``2.36 M, 462 MFLOPs``."""
    numbers = (
        ("parameters", node.parameters, count_text),
        ("flops", node.flops, flops_text),
        ("memory", node.activation_bytes, bytes_text),
    )
    return ", ".join(
        write(count) for what, count, write in numbers if count and options.tells(what)
    )


def _called(options: FigureOptions, default: str) -> set[str]:
    """Return which of name and kind a box is called by."""
    wanted = options.label if options.label != "auto" else default
    names = {"both": {"name", "kind"}, "none": set()}.get(wanted, {wanted})
    return {what for what in ("name", "kind") if what in names or options.asks(what)} - {
        *options.hide
    }


def label(node: Node, options: FigureOptions, *, default: str = "kind") -> str:
    """Return what a box is called; *default* is what ``label: auto`` means in this style.

    A rule of the author's goes before everything else.
    """
    if given := ruled(options.style_rules, node).label:
        return given
    wanted = _called(options, default)
    if not wanted:
        return ""
    if node.op == "input":
        above, _, last = node.path.rpartition(".")
        return f"{above}[{last}]" if above and last.isdecimal() else node.name or "input"
    name = node.name
    if name.isdecimal() or not name:  # the position in a Sequential is no name
        name = span_text(node) if node.op == "scope" else node.kind
    both = len(wanted) == 2 and name != node.kind
    if both and node.op not in ("function", "parameter", "constant"):
        return f"{name} · {node.kind}"
    if node.op == "function":
        return short_kind(node)
    if wanted == {"name"} or node.op in ("parameter", "constant"):
        return name
    return node.kind


def short_kind(node: Node) -> str:
    """Return the class or function of a node, those shorter that are longer than a box."""
    return _SHORT.get(node.kind, node.kind)


_WAYS = {"pooling": "pool", "upsampling": "up"}


def way_text(node: Node, options: FigureOptions) -> str:
    """Return what is written on the way to another resolution: ``pool 2×2``, ``up ×2``."""
    name = label(node, options)
    if options.label in ("auto", "both"):
        name = _WAYS.get(node.role, name)
    kernel = kernel_text(node).partition(" / ")[0] or _factor(node)
    return f"{name} {kernel if options.tells('kernel') else ''}".strip()


def _factor(node: Node) -> str:
    """Return how many times larger a layer makes its input: ``×2``; empty if it does not."""
    if not node.inputs or not node.outputs:
        return ""
    before, after = node.inputs[0].shape, node.outputs[0].shape
    if len(before) != len(after) or not before or after[-1] <= before[-1] or after[-1] % before[-1]:
        return ""
    return f"{TIMES}{after[-1] // before[-1]}"


_SHORT = {
    "scaled_dot_product_attention": "attention",
    "multi_head_attention_forward": "attention",
    "adaptive_avg_pool2d": "avg_pool",
    "adaptive_max_pool2d": "max_pool",
}
"""Functions whose names are longer than a box."""


def path_text(item: Node | Scope) -> str:
    """Return the paths of the equal blocks that *item* is: ``encoder.layer1.1–2``.

    Those that are not next to each other are ``1 … 7``; one that is called again and again has
    one path.
    """
    *above, own = item.path.split(".")
    before, _, last = item.last.rpartition(".")
    if item.repeat > 1 and before == ".".join(above) and own.isdecimal() and last.isdecimal():
        if is_row(item):
            own = f"{own}–{last}"
        elif own != last:
            own = f"{own} … {last}"
    return ".".join([*above, own]) or "model"


def span_text(item: Node | Scope) -> str:
    """Return the last two levels of :func:`path_text`: ``layer1.1–2``."""
    return ".".join(path_text(item).split(".")[-2:])


def scope_name(scope: Scope, options: FigureOptions) -> str:
    """Return what a frame is called in short: ``layer1.1–2``, or what a rule says."""
    if given := ruled(options.style_rules, scope).label:
        return given
    return span_text(scope) if scope.name.isdecimal() else scope.name


def scope_title(scope: Scope, options: FigureOptions) -> str:
    """Return what a frame is called: ``layer1.1–2 · Bottleneck``, or what a rule says."""
    title = scope_name(scope, options)
    given = bool(ruled(options.style_rules, scope).label)
    return title if given or scope.kind in ("", title) else f"{title} · {scope.kind}"


def repeat_text(node: Node | Scope) -> str:
    """Return ``× 3`` for three equal layers that are one box, and if they are side by side."""
    if node.repeat < 2:
        return ""
    manner = PARALLEL if node.beside else ""
    # one layer that is called again and again has its weights once
    manner += _SHARED if node.last == node.path else ""
    return f"{TIMES} {node.repeat}{manner}"


def count_of(node: Node) -> int:
    """Return how many equal layers or blocks a box is, folded into it or closed in it."""
    if node.repeat > 1:
        return node.repeat
    _, cross, count = contents(node).rpartition(f" {TIMES} ")
    count = count.partition(" ")[0]
    return int(count) if cross and count.isdecimal() else 1


def contents(node: Node) -> str:
    """Return what a collapsed scope holds, with its repetition: ``Bottleneck × 3``."""
    if node.op != "scope":
        return ""
    if node.repeat > 1:
        return f"{node.kind} {repeat_text(node)}"
    # a class of the author's own says more than what is in it
    return dict(node.attributes).get("contains", "") if node.kind in CONTAINERS else ""


def role_words(role: str) -> str:
    """Return what a legend calls a role."""
    return ROLES.get(role, role.capitalize())
