"""Writing the pages of galleries, before Sphinx looks which documents there are.

A file whose text is the same is not touched, one that somebody else has written is left alone,
and only what was written here is ever removed.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx_visualtorch.errors import ReportedError, StoreError
from sphinx_visualtorch.gallery import with_entry_points
from sphinx_visualtorch.gallery.pages import (
    Model,
    file_names,
    option_lines,
    owner,
    with_header,
)
from sphinx_visualtorch.sphinx_ext.galleries.catalogues import list_catalogues
from sphinx_visualtorch.sphinx_ext.galleries.selections import select
from sphinx_visualtorch.sphinx_ext.galleries.templates import TemplateFailedError, Templates
from sphinx_visualtorch.sphinx_ext.galleries.wanted import SUFFIXES, Wanted, wanted_galleries
from sphinx_visualtorch.sphinx_ext.log import tell, warn
from sphinx_visualtorch.sphinx_ext.record import record_of
from sphinx_visualtorch.store import reference_digest, write_whole

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from sphinx_visualtorch.gallery import Choice

__all__ = ["write_galleries"]


def write_galleries(app: Sphinx) -> None:
    """Write all pages of all galleries; connected to ``builder-inited``."""
    record = record_of(app.env)
    wanted = list(wanted_galleries(app.config))
    folders = {item.folder for item in wanted}
    before = set(record.galleries.folders)
    if record.shelf is None or not (wanted or before):
        return
    asked = [with_entry_points(item.gallery) for item in wanted]
    list_catalogues(app, record.shelf, asked)
    indices = {item.index for item in wanted}
    writer = _Writer(app, indices)
    # what conf.py says wrongly is not gone
    broken = writer.keep({*map(str, app.config.visualtorch_galleries)} - indices)
    for item, gallery in zip(wanted, asked, strict=True):
        selection = select(gallery, record.shelf.listings)
        # while it cannot be listed its pages stay; the index will say what is wrong
        known = selection.error is None or selection.stage == "gallery"
        choices = selection.chosen.choices
        record.shelf.pages[item.index] = writer.write(item, choices, known=known)
    writer.remove(before | folders, indices)
    record.galleries.folders = tuple(sorted(folders | before if broken else folders))


class _Writer:
    """Writes files and keeps account of them."""

    def __init__(self, app: Sphinx, indices: set[str]) -> None:
        # galleries may share a directory, and there the names of their pages
        self._taken = {*indices}
        self._root = Path(app.srcdir)
        self._templates = Templates(app)
        self._kept: set[Path] = set()
        self._frozen: set[str] = set()

    def keep(self, indices: set[str]) -> bool:
        """Leave the pages of these galleries alone; return whether there are any."""
        self._frozen |= indices
        return bool(indices)

    def write(self, wanted: Wanted, choices: tuple[Choice, ...], *, known: bool) -> dict[str, str]:
        """Write index and pages of a gallery; return the documents of its models."""
        if not known:
            self._frozen.add(wanted.index)
        shown = [choice for choice in choices if choice.reference is not None]
        prefix = f"{wanted.folder}/" if wanted.folder else ""
        taken = [name.removeprefix(prefix) for name in self._taken if name.startswith(prefix)]
        names = file_names((choice.name for choice in shown), taken)
        models: list[Model] = []
        pages: dict[str, str] = {}
        for choice, name in zip(shown, names, strict=True):
            model = _model(choice, f"{prefix}{name}")
            self._taken.add(model.docname)
            self._page(wanted, model, choice)
            if self._path(model.docname, wanted.suffix).is_file():
                models.append(model)
                pages |= _keys(choice, model.docname, pages)
        values = {"title": wanted.title, "options": wanted.options, "lines": wanted.lines}
        with suppress(TemplateFailedError):
            text = self._templates.fill("gallery", wanted.suffix, {**values, "models": models})
            self._put(wanted.index, wanted, text)
        return pages

    def _page(self, wanted: Wanted, model: Model, choice: Choice) -> None:
        reference = choice.reference
        options = option_lines(reference) if reference is not None else []
        values = {
            "name": model.name,
            "title": model.title,
            "summary": model.summary,
            "target": model.target,
            "options": [*options, *wanted.figures],
            "index": wanted.index,
            "model": model,
        }
        try:
            text = self._templates.fill("model", wanted.suffix, values)
        except TemplateFailedError:
            self._frozen.add(wanted.index)
        else:
            self._put(model.docname, wanted, text)

    def _path(self, docname: str, suffix: str) -> Path:
        return self._root / f"{docname}{suffix}"

    def _put(self, docname: str, wanted: Wanted, text: str) -> None:
        path = self._path(docname, wanted.suffix)
        self._kept.add(path)
        try:
            if path.exists() and owner(path.read_bytes()) is None:
                problem = "is not written: there is such a file, which visualtorch_galleries did"
                warn(ReportedError("gallery", f"{docname}{wanted.suffix} {problem} not write"))
                return
            content = with_header(text, wanted.index, wanted.suffix)
            if write_whole(path, content.encode("utf-8", "backslashreplace")):
                tell(f"{docname}{wanted.suffix} written")
        except (OSError, StoreError) as error:
            warn(ReportedError("gallery", f"{docname}{wanted.suffix} is not written: {error}"))

    def remove(self, folders: set[str], indices: set[str]) -> None:
        """Remove pages that were written for models, or galleries, that are gone."""
        for folder in sorted(folders):
            for path in sorted((self._root / folder).glob("*")):
                if path.suffix in SUFFIXES and path not in self._kept:
                    self._remove(path, indices)

    def _remove(self, path: Path, indices: set[str]) -> None:
        with suppress(OSError):
            of = owner(path.read_bytes())
            # a gallery of conf.py that cannot be listed keeps what it had
            if of is not None and of not in self._frozen:
                path.unlink()
                tell(f"{path.name} removed{'' if of in indices else ': its gallery is gone'}")


def _keys(choice: Choice, docname: str, pages: dict[str, str]) -> dict[str, str]:
    """Return what finds a page: the very reference, or the first of its models without inputs."""
    if choice.reference is None:
        return {}
    target = choice.reference.target
    return {reference_digest(choice.reference): docname, target: pages.get(target, docname)}


def _model(choice: Choice, docname: str) -> Model:
    title = " ".join(choice.name.split())
    target = choice.reference.target if choice.reference is not None else ""
    return Model(
        name=choice.name, title=title, docname=docname, target=target, summary=choice.summary
    )
