"""Filling the templates of pages: those of the project, ours where it has none."""

from __future__ import annotations

import traceback
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jinja2 import TemplateError
from jinja2.sandbox import SandboxedEnvironment
from sphinx.util.template import SphinxTemplateLoader

from sphinx_visualtorch.errors import ReportedError
from sphinx_visualtorch.gallery.pages import escaped, heading
from sphinx_visualtorch.sphinx_ext.galleries.wanted import SUFFIXES
from sphinx_visualtorch.sphinx_ext.log import debug, warn

if TYPE_CHECKING:
    from sphinx.application import Sphinx

__all__ = ["TemplateFailedError", "Templates"]

_OURS = Path(__file__).resolve().parents[2] / "templates"


class TemplateFailedError(Exception):
    """A template is wrong, which has been said."""


class Templates:
    """What pages are made of, such as ``visualtorch/gallery.rst`` and ``visualtorch/model.md``."""

    def __init__(self, app: Sphinx) -> None:
        self._loader = SphinxTemplateLoader(app.confdir, app.config.templates_path, [str(_OURS)])
        self._failed: set[str] = set()

    def fill(self, name: str, suffix: str, values: dict[str, Any]) -> str:
        """Return a page; what is wrong with its template is said once.

        :raises TemplateFailedError: if it is wrong.
        """
        template = f"visualtorch/{name}{suffix}"
        if template in self._failed:
            raise TemplateFailedError
        environment = SandboxedEnvironment(loader=self._loader, keep_trailing_newline=True)
        escape = partial(escaped, suffix=suffix)
        environment.filters.update(
            e=escape,
            escape=escape,
            heading=lambda text, level=1: heading(text, suffix, level),
        )
        try:
            return environment.get_template(template).render(values)
        except Exception as error:  # a template may raise whatever Python can
            self._failed.add(template)
            _complain(template, error)
            raise TemplateFailedError from error


def _complain(template: str, error: Exception) -> None:
    """Say once which template is wrong, and where."""
    debug("".join(traceback.format_exception(error)))
    file, line = _place(error)
    at = f" in line {line}" if line else ""
    said = " ".join(str(error).split())
    problem = f"the template {template!r} failed{at}: {type(error).__name__}: {said}"
    warn(ReportedError("gallery", problem), f"{file}:{line}" if file and line else None)


def _place(error: Exception) -> tuple[str, int]:
    """Return file and line of a mistake in a template."""
    file, line = getattr(error, "filename", None), getattr(error, "lineno", None)
    if isinstance(error, TemplateError) and isinstance(file, str) and isinstance(line, int):
        return file, line
    # Jinja2 puts the lines of templates into the traceback
    frames = traceback.extract_tb(error.__traceback__)
    found = [frame for frame in frames if Path(frame.filename).suffix in SUFFIXES]
    return (found[-1].filename, found[-1].lineno or 0) if found else ("", 0)
