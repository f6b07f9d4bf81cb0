# ruff: noqa: SLF001 - torch shows its tables of functions in private names only
"""What is known of torch's functions: which to look at, what to call them, what they were told."""

from __future__ import annotations

import functools
import inspect
import re
import sys
from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.overrides import get_testing_overrides, resolve_name

__all__ = [
    "FETCHES",
    "HOUSEKEEPING",
    "LEAVES",
    "PICKLES",
    "READS",
    "SILENT",
    "attributes_of",
    "is_pickling",
    "is_torch",
    "is_unpickling",
    "kind_of",
    "literal",
    "literals",
    "sizes_by_value",
    "target_of",
    "words",
]

Function = Callable[..., Any]


def words(text: str) -> frozenset[str]:
    """Return the words of a table."""
    return frozenset(text.split())


_TENSOR_PROPERTIES = {"T", "H", "mT", "mH", "real", "imag", "data", "grad", "_grad", "_base"}

_SILENT_METHODS = words("""
    size dim ndimension stride numel nelement element_size storage_offset data_ptr get_device
    is_contiguous is_floating_point is_complex is_signed is_pinned is_shared is_inference
    is_same_size is_conj is_neg is_coalesced is_set_to untyped_storage storage register_hook
    __len__ __repr__ __format__ __hash__ __dir__ __dlpack_device__ retain_grad has_names
    is_distributed sparse_dim dense_dim q_scale q_zero_point qscheme
    _is_view _version _typed_storage _has_symbolic_sizes_strides
""")

_READING_METHODS = words("""
    item __bool__ __int__ __float__ __complex__ __index__ __contains__ is_nonzero equal allclose
""")

_LEAVING_METHODS = words("tolist numpy __array__ __dlpack__")
_FETCHING_FUNCTIONS = words("tensor as_tensor asarray from_dlpack frombuffer")

_HOUSEKEEPING_METHODS = words("""
    to contiguous type type_as float double half bfloat16 int long short char byte bool cfloat
    cdouble chalf cpu cuda requires_grad_ detach_ resolve_conj resolve_neg pin_memory
    positive __pos__ refine_names rename
""")


def _methods(names: frozenset[str]) -> frozenset[Function]:
    places = (Tensor, torch._C.TensorBase, torch)
    found = (getattr(place, name, None) for place in places for name in names)
    return frozenset(item for item in found if callable(item) and not isinstance(item, type))


def _getters() -> frozenset[Function]:
    return frozenset(
        value.__get__
        for place in (torch._C.TensorBase, Tensor)
        for name, value in vars(place).items()
        if inspect.isgetsetdescriptor(value) and name not in _TENSOR_PROPERTIES
    )


SILENT = _methods(_SILENT_METHODS) | _getters()
"""Functions that only ask about a tensor's form: they are not looked at."""

READS = _methods(_READING_METHODS)
"""Functions that ask for a tensor's value, to decide on something."""

LEAVES = _methods(_LEAVING_METHODS)
"""Functions that take a tensor's values out of torch, to compute with them elsewhere."""

FETCHES = _methods(_FETCHING_FUNCTIONS)
"""Functions that bring values from elsewhere into torch."""

_SIZING = _methods(words("nonzero argwhere masked_select unique unique_consecutive bincount"))
_INDEXING = Tensor.__getitem__


def sizes_by_value(function: Function, given: Sequence[Tensor]) -> bool:
    """Say whether how large a result is depends on the values in the tensors *given*."""
    if function is _INDEXING:
        return any(tensor.dtype is torch.bool for tensor in given[1:])
    return function in _SIZING or (function is torch.where and len(given) == 1)


_HOOKS: Any = vars(torch._C.TensorBase)["_backward_hooks"]

PICKLES = frozenset({_HOOKS.__get__})
"""What pickling and copying ask a tensor for, and hardly anybody else."""

_UNPICKLES = frozenset({"empty", "empty_strided", "__set__"})


def is_unpickling(function: Function) -> bool:
    """Say whether it is torch that calls *function*, to make a tensor of what was pickled."""
    return function.__name__ in _UNPICKLES and _caller() == "torch._utils"


def is_pickling() -> bool:
    """Say whether what was asked for is asked for by pickling."""
    return _caller() == "torch.utils.hooks"


def _caller() -> str:
    frame: Any = sys._getframe(3)
    return str(frame.f_globals.get("__name__")) if frame is not None else ""


HOUSEKEEPING = _methods(_HOUSEKEEPING_METHODS)
"""Functions that are no operation where they return the very tensor that they were given."""

_OPERATORS = {
    "truediv": "div",
    "floordiv": "floor_divide",
    "mod": "remainder",
    "multiply": "mul",
    "subtract": "sub",
    "divide": "div",
    "true_divide": "div",
    "concat": "cat",
    "concatenate": "cat",
    "negative": "neg",
    "absolute": "abs",
    "rsub": "sub",
}
_REFLECTED = re.compile(
    "[ri](add|sub|mul|div|truediv|floordiv|mod|pow|matmul|and|or|xor|lshift|rshift)"
)


def is_torch(cls: type) -> bool:
    """Say whether *cls* comes with torch itself."""
    return cls.__module__.startswith("torch.")


@functools.lru_cache(maxsize=4096)
def kind_of(function: Function) -> str:
    """Return the plain name of a function: ``relu`` for ``relu_``, ``add`` for ``__radd__``."""
    name: str = getattr(function, "__name__", "") or type(function).__name__
    if name in ("__get__", "__set__"):
        name = getattr(getattr(function, "__self__", None), "__name__", name)
    name = name.partition(".")[0]  # add.Tensor of torch.ops
    plain = name.strip("_") or name
    if name.startswith("__") and (reflected := _REFLECTED.fullmatch(plain)):
        plain = reflected[1]
    return _OPERATORS.get(plain, plain)


_PRIVATE_PLACES = words("torch.functional torch._VF torch._VariableFunctionsClass")


@functools.lru_cache(maxsize=4096)
def target_of(function: Function) -> str:
    """Return the public import path of a function: ``torch.cat``, ``torch.Tensor.view``."""
    if isinstance(function, torch._ops.OpOverload | torch._ops.OpOverloadPacket):
        return f"torch.ops.{function}"
    path: str | None = resolve_name(function)
    if path is None:
        module, name = getattr(function, "__module__", None), getattr(function, "__qualname__", "")
        path = f"{module}.{name}" if module and name else name
    path = path.removesuffix(".__get__").removesuffix(".__set__")
    place, _, name = path.rpartition(".")
    if name in ("_pack_padded_sequence", "_pad_packed_sequence"):
        return f"torch.nn.utils.rnn.{name.lstrip('_')}"
    return f"torch.{name}" if place in _PRIVATE_PLACES else path


# --- arguments ------------------------------------------------------------------------------------

_LONGEST = 80
_PLACES = frozenset({"device", "memory_format", "layout", "out", "generator", "pin_memory"})
_NAMES = {
    "permute": ("input", "dims"),
    "expand": ("input", "sizes"),
    "repeat": ("input", "sizes"),
    "view": ("input", "shape"),
    "reshape": ("input", "shape"),
    "getitem": ("input", "index"),
    "setitem": ("input", "index", "value"),
    "mean": ("input", "dim", "keepdim"),
    "sum": ("input", "dim", "keepdim"),
    "split": ("input", "split_size", "dim"),
    "unflatten": ("input", "dim", "sizes"),
    "arange": ("start", "end", "step"),
    "zeros": ("size",),
    "ones": ("size",),
    "empty": ("size",),
    "rand": ("size",),
    "randn": ("size",),
    "full": ("size", "fill_value"),
    "add": ("input", "other"),
    "sub": ("input", "other"),
    "mul": ("input", "other"),
    "div": ("input", "other"),
    "pow": ("input", "exponent"),
    "pack_padded_sequence": ("input", "lengths", "batch_first"),
    "pad_packed_sequence": ("input", "sizes", "batch_first", "padding_value", "total_length"),
}
_VARIADIC = words(
    "permute expand repeat view reshape zeros ones empty rand randn tile flip new_zeros"
)


_NUMERIC = (int, float, complex)
_NUMBERS = frozenset({bool, *_NUMERIC, type(None)})  # asked for first, since most are of these


def literal(value: Any) -> str | None:
    """Return the text of a plain value, or None for what is none (a tensor, an object)."""
    if type(value) in _NUMBERS or isinstance(value, _NUMERIC):
        return str(value)
    if isinstance(value, str):
        return value
    if isinstance(value, torch.dtype):
        return str(value).removeprefix("torch.")
    if value is Ellipsis:
        return "..."
    if isinstance(value, slice):
        parts = [value.start, value.stop] + ([value.step] if value.step is not None else [])
        texts = ["" if part is None else literal(part) for part in parts]
        return None if None in texts else ":".join(map(str, texts))
    if isinstance(value, tuple | list):
        items = [literal(item) for item in value]
        if None in items:
            return None
        inside = ", ".join(map(str, items))
        if isinstance(value, list):
            return f"[{inside}]"
        return f"({inside},)" if len(items) == 1 else f"({inside})"
    return None


def _said(value: Any) -> str | None:
    """Return the text of an argument that was given; what is off or left open says nothing."""
    return None if value is None or value is False else literal(value)


def literals(args: tuple[Any, ...], kwargs: dict[str, Any]) -> tuple[tuple[int | str, str], ...]:
    """Return the plain arguments of a call as texts, by position or name."""
    found: list[tuple[int | str, str]] = []
    for index, value in enumerate(args):
        if not isinstance(value, Tensor) and (text := _said(value)) is not None:
            found.append((index, text[:_LONGEST]))
    for name, value in kwargs.items():
        if name not in _PLACES and not isinstance(value, Tensor):
            text = _said(value)
            if text is not None:
                found.append((name, text[:_LONGEST]))
    return tuple(found)


@functools.lru_cache(maxsize=4096)
def _argument_names(function: Function) -> tuple[str, ...]:
    """Return the names of a function's positional arguments, as far as they are known."""
    kind = kind_of(function)
    if kind in _NAMES:
        return _NAMES[kind]
    known = get_testing_overrides().get(function, function)
    try:
        parameters = inspect.signature(known).parameters.values()
    except (TypeError, ValueError):
        return ()
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return tuple(item.name for item in parameters if item.kind in positional)


def _index(text: str) -> str:
    """Return an index as it stands between brackets."""
    return text[1:-1].removesuffix(",") if text.startswith("(") and text.endswith(")") else text


def attributes_of(
    function: Function, texts: tuple[tuple[int | str, str], ...]
) -> tuple[tuple[str, str], ...]:
    """Return the literal arguments of a call under their names."""
    names = _argument_names(function)
    named: list[tuple[str, str]] = []
    rest: list[str] = []
    variadic = kind_of(function) in _VARIADIC
    for place, text in texts:
        if isinstance(place, str):
            named.append((place, text))
        elif variadic and place >= len(names) - 1:
            rest.append(text)
        elif place < len(names):
            named.append((names[place], _index(text) if names[place] == "index" else text))
        else:
            named.append((str(place), text))
    if rest:
        text = rest[0] if len(rest) == 1 else f"({', '.join(rest)})"
        named.insert(0, (names[-1] if names else "0", text[:_LONGEST]))
    return tuple(sorted(named, key=lambda pair: pair[0] not in names))
