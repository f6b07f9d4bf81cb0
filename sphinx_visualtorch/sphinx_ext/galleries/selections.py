"""From what was listed to what galleries consist of, before anything is traced.

Thumbnails become figures of their documents, so that all that is true of those is true of them:
one batch of tracing, located warnings, dependencies.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from sphinx_visualtorch.errors import NoModelsError, ReportedError
from sphinx_visualtorch.gallery import catalogue, choose, with_entry_points
from sphinx_visualtorch.listing import Catalogue, Listing
from sphinx_visualtorch.sphinx_ext.galleries.catalogues import Found, list_catalogues
from sphinx_visualtorch.sphinx_ext.galleries.exhibits import Selection
from sphinx_visualtorch.sphinx_ext.log import warn
from sphinx_visualtorch.sphinx_ext.record import Record, Use

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from sphinx_visualtorch.gallery import Gallery
    from sphinx_visualtorch.sphinx_ext.request import Request

__all__ = ["check_galleries", "gallery_lines", "hang_thumbnails", "select"]


def hang_thumbnails(app: Sphinx, record: Record) -> None:
    """List what the galleries of all documents name, and put their thumbnails into the record."""
    shelf, galleries = record.shelf, record.galleries
    galleries.tidy()
    if shelf is None:
        return
    asked = {key: with_entry_points(request.gallery) for key, request in galleries.requests.items()}
    list_catalogues(app, shelf, asked.values())
    galleries.selections = {key: select(gallery, shelf.listings) for key, gallery in asked.items()}
    record.hang(_thumbnails(record))


def select(gallery: Gallery, listings: Mapping[Catalogue, Found]) -> Selection:
    """Return what a gallery consists of, from what was listed."""
    item = catalogue(gallery)
    found = listings[item] if item is not None else Found(listing=Listing())
    if found.listing is None:
        stage = found.error.stage if found.error else "gallery"
        return Selection(stage=stage, message=str(found.error))
    try:
        chosen = choose(gallery, found.listing)
    except NoModelsError as error:
        return Selection(stage=error.stage, message=str(error), sources=found.sources)
    doubt = (found.doubt.stage, str(found.doubt)) if found.doubt is not None else ()
    return Selection(chosen=chosen, sources=found.sources, doubt=doubt)


def _thumbnails(record: Record) -> Iterator[tuple[str, Request, Use]]:
    for docname, exhibit in record.galleries.all():
        for choice, request in record.galleries.shown(exhibit.key):
            if request is not None:
                location = choice.location or exhibit.location
                yield docname, request, Use(request.key, location, gallery=exhibit.key)


def check_galleries(env: BuildEnvironment, record: Record) -> Iterator[tuple[str, Selection]]:
    """Say what is wrong with the galleries; yield the document and selection of each."""
    for docname, exhibit in record.galleries.all():
        selection = record.galleries.selections.get(exhibit.key, Selection())
        if selection.error is not None:
            warn(selection.error, exhibit.location)
            env.reread_always.add(docname)
        if selection.doubt:
            warn(ReportedError(*selection.doubt), exhibit.location)
        for first, second in selection.chosen.twice:
            text = f"{first!r} and {second!r} are one model, which is shown as {first!r}"
            warn(ReportedError("gallery", text), exhibit.location)
        for choice in selection.chosen.choices:
            # what an author has written, the directive has complained of
            if choice.error and not choice.location:
                problem = f"{choice.name!r} cannot be shown: {choice.error}"
                warn(ReportedError("gallery", problem), exhibit.location)
        yield docname, selection


def gallery_lines(record: Record) -> Iterator[tuple[str, str]]:
    """Yield what a page shows of a gallery besides its figures, as document and digest."""
    pages = record.shelf.pages if record.shelf is not None else {}
    for docname, exhibit in record.galleries.all():
        selection = record.galleries.selections.get(exhibit.key)
        text = repr((exhibit.key, selection, sorted(pages.items())))
        yield docname, hashlib.sha256(text.encode()).hexdigest()
