"""What a graph consists of: nodes, edges and scopes, as frozen data."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, TypeAlias

__all__ = [
    "CONTAINERS",
    "OPS",
    "SOURCES",
    "ClassSource",
    "Edge",
    "Node",
    "Part",
    "Scope",
    "TensorSpec",
    "Through",
    "is_row",
    "sums",
]

OPS = ("input", "parameter", "constant", "module", "function", "scope")
SOURCES = ("input", "parameter", "constant")

CONTAINERS = ("Sequential", "ModuleList", "ModuleDict")
"""Classes of scopes that say nothing of what is in them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TensorSpec:
    """What is known of a tensor without its values: *shape* (with the batch) and *dtype*."""

    shape: tuple[int, ...]
    dtype: str = "float32"

    @property
    def numel(self) -> int:
        """The number of elements."""
        total = 1
        for size in self.shape:
            total *= size
        return total

    @property
    def nbytes(self) -> int:
        """The number of bytes that the elements take."""
        return self.numel * _WIDTHS.get(self.dtype, 1)


_WIDTHS: Mapping[str, int] = {
    **dict.fromkeys(("float16", "bfloat16", "int16", "uint16", "qint16"), 2),
    **dict.fromkeys(("float32", "int32", "uint32", "qint32", "complex32"), 4),
    **dict.fromkeys(("float64", "int64", "uint64", "complex64"), 8),
    "complex128": 16,
}
"""Bytes of one element by torch's names; all others (bool, int8, float8) take one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """One layer inside a box that stands for several (a merged convolution, norm and ReLU)."""

    path: str
    kind: str
    role: str
    attributes: tuple[tuple[str, str], ...] = ()
    parameters: int = 0
    calls: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """One call of a leaf module or tensor function, or a source of tensors.

    id
        Unique in the graph: the path, with ``#2`` for the second call, and so on.
    op
        ``input``, ``parameter`` (a parameter or buffer that the forward uses directly),
        ``constant`` (a tensor that nothing produced), ``module``, ``function``, or ``scope``
        (a whole scope that a transform collapsed).
    path
        The module path, or the path of the calling module plus the function's name.
    name
        The last part of the path: what the author calls it.
    kind
        The class name (``Conv2d``) or function name (``cat``).
    role
        What the operation is for; one role has one colour (see :mod:`sphinx_visualtorch.theme`).
        ``failed`` marks the operation that raised, at which the graph ends.
    target
        The public import path of the class or function (``torch.nn.Conv2d``).
    scope
        The id of the scope that the call happened in.
    inputs, outputs
        The tensors that went in and came out, in order.
    attributes
        Hyper-parameters as ``(name, value)`` texts, as in ``extra_repr``.  A value that has no
        name there has a name that is its position (``"0"``, ``"1"``).
    parameters
        Parameters owned by this call; those that an earlier node owns are not counted again.
    frozen
        How many of them are not trained (``requires_grad`` is off).
    buffers
        Elements of the buffers owned by this call, counted as the parameters are.
    flops
        Floating-point operations by the formulas of ``torch.utils.flop_counter``: products of
        matrices, convolutions and attention, a multiply-add being two.
    activation_bytes
        Bytes of the tensors that came out.
    calls
        How many leaf-module calls of one forward pass this node stands for.
    repeat
        N where N equal neighbours were folded into this one; totals include all of them.
    parts
        The layers of a merged node, or of a collapsed scope that is a short chain, in order;
        empty otherwise.
    source
        True where a module or function takes no tensor from the graph (``torch.arange``).
    last
        The path of the last of the blocks that were folded into this one, if it is a block.
    beside
        True where those that were folded into this one stand side by side, not in a chain.
    left_out
        In words what is in a module that a transform has made a single layer: where that differs,
        the layers are not equal.
    """

    id: str
    op: str
    path: str
    name: str
    kind: str
    role: str = "function"
    target: str = ""
    scope: str = ""
    inputs: tuple[TensorSpec, ...] = ()
    outputs: tuple[TensorSpec, ...] = ()
    attributes: tuple[tuple[str, str], ...] = ()
    parameters: int = 0
    frozen: int = 0
    buffers: int = 0
    flops: int = 0
    activation_bytes: int = 0
    calls: int = 0
    repeat: int = 1
    parts: tuple[Part, ...] = ()
    source: bool = False
    last: str = ""
    beside: bool = False
    left_out: tuple[str, ...] = ()

    @property
    def trainable(self) -> int:
        """The parameters that are trained."""
        return self.parameters - self.frozen

    @property
    def multiply_adds(self) -> int:
        """The number of multiply-adds, of which each is two floating-point operations."""
        return self.flops // 2


_SUMMED = ("parameters", "frozen", "buffers", "flops", "activation_bytes", "calls")


def sums(nodes: Iterable[Node]) -> dict[str, Any]:
    """Return what is counted in *nodes* by the names of the fields, for a node in their place."""
    counts = [_counts(node) for node in nodes] or [(0,) * len(_SUMMED)]
    return dict(zip(_SUMMED, map(sum, zip(*counts, strict=True)), strict=True))


_counts = attrgetter(*_SUMMED)


Through: TypeAlias = tuple[tuple[str, str, str], ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Edge:
    """Data flow: *tensors* that node *source* made and node *target* used.

    *through* tells of the calls on the way that a transform has left out: for each scope that made
    some its id and two digests, of which the first does not tell which part of a tensor is taken.
    """

    source: str
    target: str
    tensors: tuple[TensorSpec, ...] = ()
    through: Through = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Scope:
    """One call of a container module, or a run of calls inside a container that is not called.

    The nodes of a scope, those of its inner scopes included, stand next to each other in the
    graph: collapsing scopes can therefore never make a cycle.  *repeat*, *last* and *beside* are
    as in a :class:`Node`.
    """

    id: str
    path: str
    name: str
    kind: str
    target: str = ""
    parent: str | None = None
    repeat: int = 1
    last: str = ""
    beside: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class ClassSource:
    """Where a class is written: *file* from its top-level package on, *line* from 1.

    *target* is the import path that nodes and scopes of the class have.
    """

    target: str
    file: str
    line: int


def is_row(item: Node | Scope) -> bool:
    """Say whether the blocks folded into *item* have numbers next to each other: ``1``, ``2``."""
    (before, _, first), (behind, _, last) = item.path.rpartition("."), item.last.rpartition(".")
    numbered = before == behind and first.isdecimal() and last.isdecimal()
    return numbered and int(last) - int(first) == item.repeat - 1
