"""Guesses at what a model can be run on, from the names of its inputs and from its first layers.

A guess need not be right: the model is run on one after the other until it accepts one, and the
build's log says which that was.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import Any, TypeVar

import torch
from torch import Tensor, nn

from sphinx_visualtorch.tracing.entries import LENGTH, Entry, entries
from sphinx_visualtorch.tracing.inputs import Found, Inputs, described, listed, signature

__all__ = ["advice", "guesses"]

_MOST = 60
"""Guesses for one model: each costs a run until the layer that it does not fit."""

_MOST_FOR_ONE = (24, 8)
"""Those for the first choice of layers, and for each other."""

_MOST_FOR_TOWERS = 12
"""Those for a picture and a text together, where each is optional."""

_MOST_FOR_EACH = 8
"""The sizes of one input that are combined with those of another."""

_DATA_ROLES = {
    "tokens": "ids id tokens token text texts words word idx indices caption captions sentence",
    "image": "image images img imgs pixel pixels picture pictures photo frame frames",
    "signal": "audio wave waveform wav speech sound signal",
}
_OTHER_ROLES = {
    "mask": "mask masks",
    "lengths": "lengths length lens seqlen",
    "edges": "edge edges",
    "graph": "batch",
    "adjacency": "adj adjacency",
    "time": "t time timestep timesteps sigma noise step steps",
    "state": "hidden state states h hx cx cache past",
    "labels": "label labels target targets class classes y",
}
_ROLES = {
    word: role for role, words in (_OTHER_ROLES | _DATA_ROLES).items() for word in words.split()
}
_PLAIN = {"bool": False, "int": 1, "float": 1.0, "str": ""}
_FIRST_NAMES = ("input_ids", "pixel_values", "input_values", "input_features")

Parameter = inspect.Parameter
Item = TypeVar("Item")


@dataclass(frozen=True, slots=True)
class _Value:
    """One argument, and the layer that it was guessed from."""

    value: Any
    source: Entry | None = None


def guesses(model: nn.Module) -> Iterator[Found]:
    """Yield what *model* may take, the most likely first."""
    seen: set[str] = set()
    for parameters, most in _filled(model):
        for inputs, sources in islice(_arguments(model, parameters), most):
            words = f"{described(inputs)}, guessed from {listed(sources)}"
            if words not in seen and len(seen) < _MOST:
                seen.add(words)
                yield Found(inputs, words)


def advice(model: nn.Module, inputs: Inputs) -> str:
    """Return which option to write, with *inputs* as the example."""
    tensors = [value for value in inputs.args if isinstance(value, Tensor)]
    shapes = "; ".join(", ".join(map(str, tensor.shape)) for tensor in tensors)
    example = f" (as {shapes})" if shapes and len(tensors) == len(inputs.args) else ""
    form = signature(model)
    names = [] if form is None else [repr(name) for name in form.parameters]
    wanted = (
        f"what its forward takes as {listed(names[:_MOST_NAMES])}" if names else "the right ones"
    )
    return (
        f"say {wanted}: with :input-shape:{example} and :input-dtype:, or with :inputs: and the "
        "name of a function that returns it (in Python, input_shape=, or args= and kwargs=)"
    )


_MOST_NAMES = 4
_MOST_ENTRIES = 8


def _filled(model: nn.Module) -> Iterator[tuple[list[Parameter], int]]:
    """Yield which parameters of ``forward`` to fill, and how many guesses to take of them.

    They are those it needs, else those it may live on.
    """
    form = signature(model)
    anything = [Parameter("x", Parameter.POSITIONAL_ONLY)]
    if form is None:
        yield anything, _MOST
        return
    named = [p for p in form.parameters.values() if p.kind not in _VARIABLE]
    needed = [p for p in named if p.default is Parameter.empty]
    if needed or not named:
        yield needed or anything, _MOST
        return
    # every input is optional, and the model raises if it is given none of them
    main = getattr(model, "main_input_name", None)
    towers = _firsts([p for p in named if _role(p) in _DATA_ROLES], _role)
    if main is None and len(towers) > 1:  # with one alone the other is left out
        yield [_by_name(p) for p in towers.values()], _MOST_FOR_TOWERS
    main = main if main in form.parameters else named[0].name
    firsts = [name for name in _FIRST_NAMES if name in form.parameters and name != main]
    decoder = [name for name in ("decoder_input_ids",) if name in form.parameters]
    for chosen in ([main], [main, *decoder], [main, *firsts], [main, *firsts, *decoder]):
        yield [_by_name(p) for p in named if p.name in chosen], _MOST


def _by_name(parameter: Parameter) -> Parameter:
    return parameter.replace(kind=Parameter.KEYWORD_ONLY, default=Parameter.empty)


_VARIABLE = (Parameter.VAR_POSITIONAL, Parameter.VAR_KEYWORD)


def _arguments(
    model: nn.Module, parameters: Sequence[Parameter]
) -> Iterator[tuple[Inputs, list[str]]]:
    roles = [*map(_role, parameters)]
    of_graph = bool({"edges", "adjacency"} & {*roles})
    if not of_graph:  # a batch is then whatever data the model takes
        roles = ["" if role == "graph" else role for role in roles]
    found = entries(model, of_graph=of_graph)
    for number, chosen in enumerate(_choices(found, parameters, roles)):
        values = [
            [*_others(parameter, role, model)] if entry is None else _data(entry)
            for parameter, role, entry in zip(parameters, roles, chosen, strict=True)
        ]
        if all(values) and any(chosen):
            for row in islice(_rows(values, chosen), _MOST_FOR_ONE[number > 0]):
                yield _inputs(parameters, row), _sources(row)


def _rows(
    values: Sequence[Sequence[_Value]], chosen: Sequence[Entry | None]
) -> Iterator[list[_Value]]:
    """Yield one value for each parameter; what stands early in all the lists comes first.

    What enters by the same layer has the same shape, as pairs of images have.
    """
    wheels = [index if entry is None else entry for index, entry in enumerate(chosen)]
    sizes = {wheel: len(row) for wheel, row in zip(wheels, values, strict=True)}
    if len(sizes) > 1:
        sizes = {wheel: min(size, _MOST_FOR_EACH) for wheel, size in sizes.items()}
    turns = islice(product(*map(range, sizes.values())), _MOST * _MOST)
    for turn in sorted(turns, key=sum):
        picks = dict(zip(sizes, turn, strict=True))
        yield [row[picks[wheel]] for wheel, row in zip(wheels, values, strict=True)]


def _choices(
    found: Sequence[Entry], parameters: Sequence[Parameter], roles: Sequence[str]
) -> Iterator[list[Entry | None]]:
    """Yield, for each parameter that takes data, the layer that it may enter by."""
    if not found:
        return
    first = _firsts(found, lambda entry: entry.form)
    branches = [*_firsts(found, lambda entry: entry.branch).values()]
    takers = [i for i, role in enumerate(roles) if role in ("", *_DATA_ROLES)]

    several = len(takers) > 1

    def choose(plain: Sequence[Entry], *, named: bool = several) -> list[Entry | None]:
        chosen: list[Entry | None] = [None] * len(parameters)
        for number, index in enumerate(takers):
            by_role, name = first.get(roles[index]), parameters[index].name
            given = (by_role or _namesake(name, branches)) if named else None
            chosen[index] = given or plain[min(number, len(plain) - 1)]
        return chosen

    different = _firsts(found, lambda entry: (entry.form, entry.shapes[0])).values()
    named = {roles[index] for index in takers}
    wanted = {*first} if "" in named else named
    ordered = sorted(different, key=lambda entry: _rank(entry, first, wanted))
    for number, entry in enumerate(ordered[:_MOST_ENTRIES]):
        yield choose([entry])  # all alike, as pairs of images are
        if number == 0 and several:
            yield choose(branches)
            yield choose(branches, named=False)
            yield choose(found)


def _rank(entry: Entry, first: Mapping[str, Entry], wanted: Collection[str]) -> int:
    """Return 0 for the first layer of a form that is asked for, 1 of another, else 2."""
    if first[entry.form] is not entry:
        return 2
    return int(entry.form not in wanted)


def _firsts(found: Sequence[Item], key: Callable[[Item], Any]) -> dict[Any, Item]:
    """Return the first of each key, in the order of their coming."""
    firsts: dict[Any, Item] = {}
    for item in found:
        firsts.setdefault(key(item), item)
    return firsts


def _namesake(name: str, branches: Sequence[Entry]) -> Entry | None:
    words = {word for word in name.lower().split("_") if len(word) > 1}
    return next((entry for entry in branches if words & {*entry.branch.split("_")}), None)


def _role(parameter: Parameter) -> str:
    """Return what the name and the annotation of a parameter tell about it, or nothing."""
    kind = _annotation(parameter)
    if kind in _PLAIN:
        return "plain"
    words = re.split(r"[_\d]+", parameter.name.lower())
    roles = [_ROLES[word] for word in words if word in _ROLES]
    return next((role for role in roles if role in _OTHER_ROLES), roles[0] if roles else "")


def _annotation(parameter: Parameter) -> str:
    kind = parameter.annotation
    if kind is Parameter.empty:
        return ""
    return kind if isinstance(kind, str) else getattr(kind, "__name__", "") or str(kind)


def _data(entry: Entry) -> list[_Value]:
    dtype = torch.int64 if entry.form == "tokens" else torch.float32
    return [_Value(_empty(shape, dtype), entry) for shape in entry.shapes]


def _others(parameter: Parameter, role: str, model: nn.Module) -> Iterator[_Value]:
    """Yield what a parameter may take that is no data that a layer takes."""
    long = torch.int64
    if role == "plain":
        values: list[Any] = [_PLAIN[_annotation(parameter)]]
    elif role == "mask":
        ones = [(1, LENGTH), (LENGTH, LENGTH), (1, 1, LENGTH, LENGTH), (1, 1)]
        values = [*(torch.ones(shape, dtype=torch.bool) for shape in ones), None]
    elif role == "lengths":
        values = [torch.full((1,), length) for length in (LENGTH, 1)]
    elif role == "graph":  # the number of the data graph that each node belongs to
        values = [torch.zeros(LENGTH, dtype=long)]
    elif role == "edges" and "index" in parameter.name:
        values = [torch.zeros(2, 2 * LENGTH, dtype=long)]
    elif role == "edges":
        values = [_empty((2 * LENGTH,), torch.float32), None]
    elif role == "adjacency":
        values = [_empty((LENGTH, LENGTH), torch.float32), _empty((1, LENGTH, LENGTH))]
    elif role == "time":
        values = [_empty((1,), long), _empty((1,)), _empty((1, 1)), _empty(())]
    elif role == "labels":
        values = [_empty((1,), long), _empty((1, LENGTH), long)]
    else:  # a state
        widths = (getattr(model, name, None) for name in ("hidden_size", "hidden_dim"))
        zeros = [torch.zeros(1, width) for width in widths if type(width) is int]
        values = [None, *zeros, *((zero, zero) for zero in zeros)]
    yield from map(_Value, values)


def _empty(shape: tuple[int, ...], dtype: torch.dtype = torch.float32) -> Tensor:
    return torch.empty(shape, dtype=dtype, device="meta")


def _inputs(parameters: Sequence[Parameter], values: Sequence[_Value]) -> Inputs:
    args, kwargs = [], {}
    for parameter, one in zip(parameters, values, strict=True):
        value = one.value
        if "list[" in _annotation(parameter).lower() and isinstance(value, Tensor):
            value = [value.squeeze(0)]
        if parameter.kind is Parameter.KEYWORD_ONLY:
            kwargs[parameter.name] = value
        else:
            args.append(value)
    return Inputs(tuple(args), kwargs)


def _sources(values: Sequence[_Value]) -> list[str]:
    return [*dict.fromkeys(str(one.source) for one in values if one.source is not None)]
