"""From references to the entries of a gallery: plain data, without Sphinx.

A *gallery* is what an author asks for, a *choice* one model of it that is yet to be traced, an
*entry* what a card tells of it.  Nothing that a gallery names is imported here: a listing, which
the room that traces has made, says what there is.
"""

from __future__ import annotations

import importlib.metadata
from collections.abc import Iterable
from dataclasses import dataclass, replace
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING

from sphinx_visualtorch.errors import NoModelsError, OptionError, VisualTorchError
from sphinx_visualtorch.listing import Catalogue, Listed, Listing
from sphinx_visualtorch.reference import Reference

if TYPE_CHECKING:
    from sphinx_visualtorch.graph import ArchitectureGraph

__all__ = [
    "ENTRY_POINTS",
    "SORTS",
    "Choice",
    "Chosen",
    "Entry",
    "Gallery",
    "catalogue",
    "checked_sort",
    "choose",
    "entry",
    "in_order",
    "with_entry_points",
]

ENTRY_POINTS = "visualtorch.models"
"""The group of entry points that is looked up where no other is named."""

SORTS = ("order", "name", "parameters", "flops")
"""What a gallery may be sorted by; ``order`` leaves it as it was found."""

_WANTED = {
    "module": (
        "nn.Module subclasses and functions that return one are wanted, in __all__ or else "
        "defined in it, which can be called without arguments"
    ),
    "registry": "names of nn.Module subclasses, or of functions that return one, are wanted",
    "entry-points": "no installed package has entry points of this group",
    "references": "a line is wanted for each model, such as pkg.models:resnet",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice:
    """One model of a gallery, before it is traced.

    *paths* are where the project's API may describe it; *error* says why there is no reference;
    *location* is where an author has written it, if it stands in a line of its own.
    """

    name: str
    reference: Reference | None = None
    summary: str = ""
    paths: tuple[str, ...] = ()
    error: str = ""
    location: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Gallery:
    """What an author asks for.

    kind, name
        ``module``, ``registry``, ``entry-points`` (of the group *name*) or ``references``.
    choices
        What is written down one by one.
    call
        Arguments and inputs for all that is found otherwise, as pairs of name and text.
    exclude
        Names or references, with ``*``, that are left out.
    """

    kind: str
    name: str = ""
    choices: tuple[Choice, ...] = ()
    call: tuple[tuple[str, str], ...] = ()
    exclude: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Chosen:
    """What a gallery shows; *twice* are pairs of names that one object has."""

    choices: tuple[Choice, ...] = ()
    twice: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What a card tells of a model; of one that failed only the *error*.

    *order* is its place in the gallery as it was found, *input* the shapes in words.
    """

    order: int
    name: str
    reference: Reference | None = None
    summary: str = ""
    parameters: int = 0
    flops: int = 0
    input: str = ""
    error: str = ""

    @property
    def facts(self) -> tuple[str, ...]:
        """The numbers as a card shows them: parameters, FLOPs, input; empty where unknown."""
        if self.error:
            return ("", "", "")
        from sphinx_visualtorch.layout.words import count_text, flops_text

        flops = flops_text(self.flops) if self.flops else ""
        return (count_text(self.parameters), flops, self.input)


def checked_sort(text: str) -> str:
    """Return what a gallery is to be sorted by, with ``-`` before it if the largest come first.

    :raises OptionError: naming what is allowed.
    """
    plain = text.strip().lower()
    if plain.removeprefix("-") not in SORTS:
        wanted = f"one of {', '.join(SORTS)} is wanted, with '-' before it for the other way round"
        raise OptionError("sort", text, wanted)
    return plain


def with_entry_points(gallery: Gallery) -> Gallery:
    """Return *gallery* with the choices that the installed packages' entry points are.

    Nothing is imported for it.
    """
    if gallery.kind != "entry-points":
        return gallery
    found = importlib.metadata.entry_points(group=gallery.name)
    pairs = sorted({(point.name, point.value) for point in found})
    choices = tuple(_pointed(name, value, gallery) for name, value in pairs)
    return replace(gallery, choices=choices)


def _pointed(name: str, value: str, gallery: Gallery) -> Choice:
    try:
        target = value.partition("[")[0].replace(" ", "")
        return Choice(name=name, reference=Reference.parse(target, **dict(gallery.call)))
    except VisualTorchError as error:
        return Choice(name=name, error=str(error))


def catalogue(gallery: Gallery) -> Catalogue | None:
    """Return what has to be listed before anything can be shown, None if that is nothing."""
    if gallery.kind in ("module", "registry"):
        return Catalogue(kind=gallery.kind, names=(gallery.name,))
    kept = (choice for choice in gallery.choices if not _is_excluded(choice, gallery))
    targets = {choice.reference.target for choice in kept if choice.reference}
    return Catalogue(kind="references", names=tuple(sorted(targets))) if targets else None


def choose(gallery: Gallery, listing: Listing) -> Chosen:
    """Return the choices of *gallery*, each object once.

    :raises NoModelsError: if there are none.
    """
    if gallery.kind in ("module", "registry"):
        found = [_listed(model, gallery) for model in listing.models]
    else:
        known = {model.name: model for model in listing.models}
        found = [_described(choice, known) for choice in gallery.choices]
    kept = [pair for pair in found if not _is_excluded(pair[1], gallery)]
    if not kept:
        about = gallery.name or "the gallery"
        wanted = _WANTED[gallery.kind]
        if found:
            wanted = f"all {len(found)} are excluded"
        raise NoModelsError(about, wanted, listing.passed)
    first: dict[object, Choice] = {}
    twice = []
    for key, choice in kept:
        if key in first:
            twice.append((first[key].name, choice.name))
        else:
            first[key] = choice
    return Chosen(choices=tuple(first.values()), twice=tuple(twice))


def _listed(model: Listed, gallery: Gallery) -> tuple[object, Choice]:
    """Return a choice, and what is equal for equal ones."""
    try:
        reference = Reference.parse(model.target, **dict(gallery.call))
    except VisualTorchError as error:
        return model.target, Choice(name=model.name, error=str(error))
    choice = Choice(name=model.name, reference=reference, summary=model.summary, paths=model.paths)
    return reference, choice


def _described(choice: Choice, known: dict[str, Listed]) -> tuple[object, Choice]:
    model = known.get(choice.reference.target) if choice.reference else None
    if model is None or choice.reference is None:
        return choice.reference or object(), choice
    same = replace(choice.reference, target=model.target)
    return same, replace(choice, summary=model.summary, paths=model.paths)


def _is_excluded(choice: Choice, gallery: Gallery) -> bool:
    names = [choice.name, choice.reference.target if choice.reference else ""]
    return any(fnmatchcase(name, glob) for name in names for glob in gallery.exclude)


def entry(order: int, choice: Choice, graph: ArchitectureGraph | None, error: str) -> Entry:
    """Return what a card tells of *choice*; without a graph, what is wrong with it."""
    told = Entry(order=order, name=choice.name, reference=choice.reference, summary=choice.summary)
    error = choice.error or error
    if error or graph is None:
        return replace(told, error=error or "it was not traced")
    return replace(told, parameters=graph.parameters, flops=graph.flops, input=_input_text(graph))


def _input_text(graph: ArchitectureGraph) -> str:
    from sphinx_visualtorch.layout.words import TIMES

    given = [node.outputs[0] for node in graph.nodes if node.op == "input" and node.outputs]
    shapes = [
        (TIMES.join(map(str, spec.shape)) or "scalar")
        + ("" if spec.dtype == "float32" else f" {spec.dtype}")
        for spec in given[:3]
    ]
    return ", ".join(shapes) + (", …" if len(given) > 3 else "")


def in_order(entries: Iterable[Entry], sort: str) -> list[Entry]:
    """Return the entries as :func:`checked_sort` says; what failed comes last, except by name."""
    by = sort.removeprefix("-")
    found = sorted(entries, key=lambda item: item.order)
    if by == "order":
        return found[::-1] if sort.startswith("-") else found
    if by == "name":
        found.sort(key=lambda item: item.name.casefold(), reverse=sort.startswith("-"))
        return found
    failed = [item for item in found if item.error]
    sound = [item for item in found if not item.error]
    sound.sort(key=lambda item: getattr(item, by), reverse=sort.startswith("-"))
    return sound + failed
