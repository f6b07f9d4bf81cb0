"""The Reference: how a docs author spells a model, its arguments and its inputs.

``pkg.models:resnet``, ``pkg.models:Zoo.small`` and the dotted ``pkg.models.resnet`` name a
module and what to take from it; arguments are Python literals, read and never evaluated; inputs
are shapes with dtypes, or the reference of a function that makes them.  This room imports
nothing that a reference names.
"""

from __future__ import annotations

import ast
import keyword
import math
import operator
import re
import unicodedata
import warnings
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sphinx_visualtorch.errors import ReferenceSyntaxError

__all__ = ["DTYPES", "Reference", "described", "dtypes", "shapes", "split_key"]

_TARGET_EXAMPLE = "pkg.models:resnet"
_ITEM_EXAMPLE = "pkg.models:MODELS['resnet-50']"
_SHAPE_EXAMPLE = "1, 3, 224, 224 (several inputs separated by ';')"
_KEYWORDS_EXAMPLE = "width=64, depth=3"
_LITERAL_EXAMPLE = "10, 'small', [64, 128], None"

_MOST = 2**59
"""Elements of an input: of 16 bytes each, torch cannot count more."""

_BROKEN = (SyntaxError, ValueError, TypeError, MemoryError, RecursionError, OverflowError)
"""What Python's parser and literal reader raise, depending on how a text is broken."""

DTYPES = (
    *("float32", "float64", "float16", "bfloat16", "complex64", "complex128"),
    *("int64", "int32", "int16", "int8", "uint8", "bool"),
    *("float", "double", "half", "long", "int", "short", "cdouble", "cfloat"),
)
"""The names of torch's element types that ``input_dtype`` takes."""


def _target(text: str) -> str:
    cleaned, key = _without_key(text.strip())
    module, colon, attribute = cleaned.partition(":")
    if key and not colon:
        problem = "a key stands without a colon before the name of the mapping"
        raise ReferenceSyntaxError(text, problem, _ITEM_EXAMPLE)
    parts = f"{module}.{attribute}".split(".") if colon else module.split(".")
    if len(parts) < 2 or not all(part.isidentifier() for part in parts):
        problem = "a module and a name in it are wanted"
        raise ReferenceSyntaxError(text, problem, _TARGET_EXAMPLE)
    # as Python reads names: a composed and a decomposed "ö" are the same
    return unicodedata.normalize("NFKC", cleaned) + key


_KEY = re.compile(r"\[\s*(('|\").*)\]", re.DOTALL)


def _without_key(text: str) -> tuple[str, str]:
    """Return what stands before ``['resnet-50']``, and the key as it is always written."""
    found = _KEY.search(text)
    if found is None or found.end() != len(text):
        return text, ""
    try:
        key = ast.literal_eval(found[1])
    except _BROKEN as error:
        raise ReferenceSyntaxError(text, "its key is no text", _ITEM_EXAMPLE) from error
    if not isinstance(key, str):
        raise ReferenceSyntaxError(text, "its key is no text", _ITEM_EXAMPLE)
    return text[: found.start()].rstrip(), f"[{key!r}]"


def split_key(target: str) -> tuple[str, str | None]:
    """Return a target without its key, and the key, None if it has none."""
    plain, key = _without_key(target)
    return plain, ast.literal_eval(key)[0] if key else None


def _literal(node: ast.expr, text: str) -> Any:
    try:
        value = ast.literal_eval(node)
        _written(value)  # what cannot be written again cannot be stored
    except _BROKEN as error:
        # only the parser knows its text: to write it again takes as deep a recursion
        segment = ast.get_source_segment(_called(text), node) or text
        problem = f"{segment!r:.60} is not a Python literal"
        raise ReferenceSyntaxError(text, problem, _LITERAL_EXAMPLE) from error
    return value


def _written(value: object) -> str:
    """Return the literal of a value: equal values have one text, and it can be read again.

    ``repr()`` promises neither of sets, infinity, ``...`` and complex numbers.
    """
    match value:
        case dict():
            pairs = (f"{_written(key)}: {_written(item)}" for key, item in value.items())
            return f"{{{', '.join(pairs)}}}"
        case set() if value:
            return f"{{{', '.join(sorted(map(_written, value)))}}}"
        case list():
            return f"[{', '.join(map(_written, value))}]"
        case tuple():
            return f"({', '.join(map(_written, value))}{',' if len(value) == 1 else ''})"
        case complex():  # a sum with 0.0 has no negative zeros
            return repr(complex(value.real + 0.0, value.imag + 0.0)).replace("inf", "1e999")
        case float():
            return repr(value).replace("inf", "1e999")
    return "..." if value is Ellipsis else repr(value)


def _called(text: str) -> str:
    return f"f({text}\n)"


def _call(text: str, example: str) -> ast.Call:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of escapes such as "\d", which mean themselves
            tree = ast.parse(_called(text), mode="eval")
    except _BROKEN as error:
        raise ReferenceSyntaxError(text, "it is not Python", example) from error
    if not isinstance(tree.body, ast.Call) or not isinstance(tree.body.func, ast.Name):
        raise ReferenceSyntaxError(text, "it is not a list of arguments", example)
    return tree.body


def _arguments(text: str) -> tuple[Any, ...]:
    call = _call(text, "10, 'small'")
    if call.keywords:
        raise ReferenceSyntaxError(text, "a keyword stands among positional arguments", "10, 64")
    return tuple(_literal(item, text) for item in call.args)


def _keywords(text: str) -> dict[str, Any]:
    call = _call(text, _KEYWORDS_EXAMPLE)
    if len(call.args) == 1 and not call.keywords:
        value = _literal(call.args[0], text)
        if isinstance(value, dict) and all(map(_is_name, value)):
            return value
    names = [item.arg for item in call.keywords]
    if call.args or None in names:
        raise ReferenceSyntaxError(text, "names with values are wanted", _KEYWORDS_EXAMPLE)
    if len(set(names)) < len(names):
        raise ReferenceSyntaxError(text, "a name is given twice", _KEYWORDS_EXAMPLE)
    return {str(item.arg): _literal(item.value, text) for item in call.keywords}


def _is_name(key: object) -> bool:
    """Say whether Python could read *key* as the name of an argument and keep it as it is."""
    return (
        isinstance(key, str)
        and key.isidentifier()
        and not keyword.iskeyword(key)
        and unicodedata.is_normalized("NFKC", key)
    )


def shapes(value: object) -> tuple[tuple[int, ...], ...]:
    """Return the input shapes that *value* spells, one tuple of sizes an input.

    *value* is a text (``1, 3, 224, 224; 1, 10`` or ``1x3x224x224``), a sequence of sizes, or a
    sequence of such sequences.  ``()`` is a tensor without dimensions.

    :raises ReferenceSyntaxError: if a size is no whole number from 0, or if no tensor is as large.
    """
    if isinstance(value, str):
        if not value.strip():
            return ()
        parts = value.strip().removesuffix(";").split(";")
        return tuple(_shape(part.strip(), value) for part in parts)
    if isinstance(value, list | tuple) and value and isinstance(value[0], Sequence):
        return tuple(_sizes(item, value) for item in value)
    return (_sizes(value, value),)


_SIZES = re.compile(r"\d+((\s*[,x×]\s*|\s+)\d+)*\s*,?")


def _shape(part: str, text: str) -> tuple[int, ...]:
    body = part
    if f"{part[:1]}{part[-1:]}" in ("()", "[]"):
        body = part[1:-1].strip()
        if not body:
            return ()
    if not _SIZES.fullmatch(body):
        raise _no_shape(text)
    # int() refuses a number of thousands of digits; twenty are enough to be too large
    return _sizes([int(digits[:20]) for digits in re.findall(r"\d+", body)], text)


def _sizes(value: object, whole: object) -> tuple[int, ...]:
    if not isinstance(value, Sequence) or isinstance(value, str | bytes | bytearray):
        raise _no_shape(whole)
    try:
        sizes = tuple(map(operator.index, value))
    except TypeError:
        raise _no_shape(whole) from None
    if any(isinstance(size, bool) for size in value) or min(sizes, default=0) < 0:
        raise _no_shape(whole)
    if math.prod(max(1, size) for size in sizes) > _MOST:
        raise ReferenceSyntaxError(whole, "no tensor has so many elements", _SHAPE_EXAMPLE)
    return sizes


def _no_shape(whole: object) -> ReferenceSyntaxError:
    problem = "a shape holds whole numbers, the batch first"
    return ReferenceSyntaxError(whole, problem, _SHAPE_EXAMPLE)


def dtypes(value: object) -> tuple[str, ...]:
    """Return the element types that *value* spells: a name, or names separated by ``;`` or ``,``.

    A torch dtype and sequences of either are read as well.

    :raises ReferenceSyntaxError: if torch has no such element type.
    """
    if isinstance(value, str):
        items: Sequence[object] = [item for item in re.split(r"[;,\s]+", value) if item]
    else:
        items = value if isinstance(value, list | tuple) else [value]
    names = tuple(str(item).removeprefix("torch.") for item in items)
    for name in names:
        if name not in DTYPES:
            problem = f"{name!r:.60} is no element type ({', '.join(DTYPES)})"
            raise ReferenceSyntaxError(value, problem, "long")
    return names


def described(
    input_shape: object, input_dtype: object
) -> tuple[tuple[tuple[int, ...], ...], tuple[str, ...]]:
    """Return shapes and element types that fit each other: no, one or as many types as shapes.

    :raises ReferenceSyntaxError: if they do not, or if one of them cannot be read.
    """
    sizes, types = shapes(input_shape), dtypes(input_dtype)
    if types and not sizes:
        problem = "an element type stands without an input shape"
        raise ReferenceSyntaxError(input_dtype, problem, ":input-shape: 1, 16")
    if len(types) > 1 and len(types) != len(sizes):
        problem = f"there are {len(types)} element types for {len(sizes)} input shapes"
        raise ReferenceSyntaxError(input_dtype, problem, "long; float32")
    return sizes, types


_TEXTS = {"args", "kwargs", "input_shape", "input_dtype", "inputs"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """A model as the docs spell it.

    target
        ``pkg.models:resnet`` or ``pkg.models.resnet``; ``pkg.models:MODELS['resnet-50']`` takes
        something from a mapping.
    args, kwargs
        The call's arguments as canonical literal texts (empty without arguments).
    input_shape, input_dtype
        One shape an input, batch included, and no, one or as many element types.
    inputs
        The target of a function that returns the inputs, or empty.
    """

    target: str
    args: str = ""
    kwargs: str = ""
    input_shape: tuple[tuple[int, ...], ...] = ()
    input_dtype: tuple[str, ...] = ()
    inputs: str = ""

    @classmethod
    def parse(cls, target: str, **texts: str | None) -> Reference:
        """Read a reference and its options, each as an author writes it.

        *texts* may hold ``args``, ``kwargs``, ``input_shape``, ``input_dtype`` and ``inputs``.

        :raises ReferenceSyntaxError: naming the text and showing how to write it.
        :raises TypeError: if *texts* holds anything else.
        """
        unknown = texts.keys() - _TEXTS
        if unknown:
            raise TypeError(f"a reference has no {', '.join(sorted(unknown))}")
        given = {name: text.strip() for name, text in texts.items() if text and text.strip()}
        sizes, types = described(given.get("input_shape", ""), given.get("input_dtype", ""))
        if sizes and "inputs" in given:
            problem = "inputs and input shapes are given at once"
            raise ReferenceSyntaxError(given["inputs"], problem, "only one of the two")
        keywords = _keywords(given.get("kwargs", ""))
        return cls(
            target=_target(target),
            args=", ".join(map(_written, _arguments(given.get("args", "")))),
            kwargs=", ".join(f"{name}={_written(keywords[name])}" for name in sorted(keywords)),
            input_shape=sizes,
            input_dtype=types,
            inputs=_target(given["inputs"]) if "inputs" in given else "",
        )

    def positional(self) -> tuple[Any, ...]:
        """Return the call's positional arguments as values."""
        return _arguments(self.args)

    def keywords(self) -> dict[str, Any]:
        """Return the call's keyword arguments as values."""
        return _keywords(self.kwargs)

    def __str__(self) -> str:
        """Return the target with its call's arguments, as in Python."""
        inside = ", ".join(part for part in (self.args, self.kwargs) if part)
        return f"{self.target}({inside})" if inside else self.target
