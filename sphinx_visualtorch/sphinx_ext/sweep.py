"""Pictures that nobody shows any more are taken away, so that no directory grows for ever.

Those of models that raised half-way go with each build: a mistake that is mended leaves nothing.
"""

from __future__ import annotations

from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx_visualtorch.sphinx_ext.record import Record, record_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

    from sphinx_visualtorch.store import Pictures

__all__ = ["FILE", "PARTIAL", "file_stem", "forget_partial", "sweep"]

FILE = "visualtorch-"
"""How the files of pictures begin that a builder copies."""

PARTIAL = f"{FILE}partial-"
"""How those begin that show a model which raised, up to there."""

_THEMES = ("", "light", "dark")


def file_stem(key: str, *, partial: bool = False, theme: str = "") -> str:
    """Return the name, without its suffix, of the picture with this key.

    The small pictures of a gallery have one for each *theme*.
    """
    return f"{PARTIAL if partial else FILE}{key[:16]}" + (f"-{theme}" if theme else "")


def forget_partial(app: Sphinx, pictures: Pictures) -> None:
    """Remove what an earlier build left.

    The pages that still need such a picture are written again in any case.  A builder that packs
    its whole directory, such as epub, would else pack it for ever.
    """
    images = Path(app.outdir, app.builder.imagedir)
    for place in (pictures.directory, images):
        for path in place.glob(f"{PARTIAL}*"):
            with suppress(OSError):
                path.unlink()


def sweep(app: Sphinx, env: BuildEnvironment) -> None:
    """Remove from the output what earlier builds left; connected to ``env-updated``.

    That is before a builder packs its directory, and after all models are known.
    """
    record = record_of(env)
    if record.shelf is None or record.shelf.form == "nothing":
        return
    record.shelf.pictures.forget_old()
    live: set[str] | None = None
    for path in _left(app):
        live = _live(record) if live is None else live
        if path.stem not in live:
            with suppress(OSError):
                path.unlink()


def _left(app: Sphinx) -> Iterator[Path]:
    """Yield the files of ours in the output, but those of models that are not whole.

    These are taken away with each build (:func:`forget_partial`).
    """
    places = [Path(app.outdir, app.builder.imagedir), *Path(app.outdir).glob("*-figures")]
    for place in places:
        for path in place.glob(f"{FILE}*"):
            if not path.name.startswith(PARTIAL):
                yield path


def _live(record: Record) -> set[str]:
    """Return the names of all pictures that a page may show."""
    # builds that leave no files of pictures never load what knows their names
    from sphinx_visualtorch import pipeline

    live: set[str] = set()
    for key, request in record.requests.items():
        outcome = record.outcome(key)
        if outcome is not None and outcome.digest:
            picture = pipeline.key_of(outcome.digest, request.style, request.options)
            live |= {file_stem(picture, theme=theme) for theme in _THEMES}
    return live
