"""What the store has for a project's pages, told without running anything."""

from __future__ import annotations

from pathlib import Path

import pytest
from projects import NO_TORCH, Project, chain
from sphinx.application import Sphinx
from sphinx.util.docutils import docutils_namespace, patch_docutils

from sphinx_visualtorch.listing import Catalogue, Listed, Listing
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.sphinx_ext.project.survey import Known, Survey, survey

MODULE = Catalogue(kind="module", names=("models",))
LISTING = Listing(
    models=(
        Listed(name="Net", target="models:Net"),
        Listed(name="Wide", target="models:Wide"),
    )
)
LINES = Catalogue(kind="references", names=("models:Net", "other:Net"))

PAGES = {
    "index.rst": """
Models
======

.. visualtorch:: models:Net
   :input-shape: 1, 8

.. visualtorch:: models:Net
   :input-shape: 1, 8
   :style: graph

.. visualtorch:: changed:Net

.. visualtorch:: cut:Net

.. visualtorch:: nowhere:Net

.. visualtorch:: not a reference

.. toctree::

   gallery
""",
    "gallery.rst": """
Gallery
=======

.. visualtorch-gallery::
   :module: models

.. visualtorch-gallery::

   models:Net
   A title <other:Net>
""",
}


@pytest.fixture
def kept(project: Project) -> Project:
    for name, text in PAGES.items():
        project.write(name, text)
    for name in ("models", "changed", "other"):
        project.write(f"{name}.py", "raise RuntimeError\n")
    for reference, *sources in (
        (Reference.parse("models:Net", input_shape="1, 8"), "models.py"),
        (Reference.parse("models:Net"), "models.py"),
        (Reference.parse("changed:Net"), "models.py", "changed.py"),
        (Reference.parse("cut:Net"),),
        (Reference.parse("forgotten:Net"),),
    ):
        project.keep(reference, chain(), *sources)
    project.keep_listing(MODULE, LISTING, "models.py")
    project.write("changed.py", "raise ValueError\n")
    (cut,) = project.root.glob("_visualtorch/cut*")
    cut.write_text("{")
    return project


def surveyed(project: Project, builder: str = "dummy") -> Survey:
    """Read the pages as the command line does, and look at the store."""
    root, out = project.root, project.root / "_build"
    settings = {"extensions": ["sphinx_visualtorch"]}
    with patch_docutils(root), docutils_namespace():
        app = Sphinx(
            root, None, out, out / "doctrees", builder, settings, status=None, warning=None
        )
        app.builder.read()
        return survey(app)


def told(found: tuple[Known, ...]) -> list[str]:
    return [
        " ".join(
            [
                Path(known.location or "").name,
                str(known.about),
                known.state,
                *known.reasons,
            ]
        )
        for known in found
    ]


def test_states(kept: Project) -> None:
    """Each place, in the order of the pages; nothing is traced for a builder without figures."""
    before = sorted(kept.root.rglob("*"))
    found = surveyed(kept)
    index = [line for line in told(found.figures) if line.startswith("index")]
    assert index[:3] == [
        "index.rst:5 models:Net fresh",
        "index.rst:8 models:Net fresh",
        "index.rst:12 changed:Net stale changed.py",
    ]
    assert index[3].startswith("index.rst:14 cut:Net refused cut.Net-")
    assert index[3].count("cannot be used") == 1
    assert index[4:] == ["index.rst:16 nowhere:Net missing"]
    assert told(found.figures)[: -len(index)] == [
        "gallery.rst:5 models:Net fresh",
        "gallery.rst:5 models:Wide missing",
        "gallery.rst:10 models:Net fresh",
        "gallery.rst:11 other:Net missing",
    ]
    assert told(found.listings) == [
        "gallery.rst:5 models fresh",
        "gallery.rst:8 models:Net, other:Net missing",
    ]
    after = [path for path in sorted(kept.root.rglob("*")) if "_build" not in path.parts]
    assert after == before


def test_files_in_use(kept: Project) -> None:
    """They are exactly those that no page could do without."""
    found = surveyed(kept)
    assert not found.whole
    there = {path for path in found.store.rglob("*.json") if path not in found.files}
    assert [path.name.partition("-")[0] for path in there] == ["forgotten.Net"]
    kept.keep_listing(LINES, Listing())
    assert surveyed(kept).whole
    (listing,) = kept.root.glob("_visualtorch/listings/module*")
    listing.write_text("{}")
    found = surveyed(kept)
    assert not found.whole
    assert [line for line in told(found.listings) if "models refused module-models-" in line]
    # what is in a listing that cannot be used is not known
    assert not [line for line in told(found.figures) if "models:Wide" in line]


def test_listing_of_before(kept: Project) -> None:
    """A stale listing is believed: its models are those that pages show."""
    kept.write("models.py", "raise ValueError\n")
    found = surveyed(kept)
    assert told(found.listings)[0] == "gallery.rst:5 models stale models.py"
    assert "gallery.rst:5 models:Wide missing" in told(found.figures)
    assert "index.rst:5 models:Net stale models.py" in told(found.figures)


def test_after_a_build(kept: Project) -> None:
    """Thumbnails that a build has hung are not told of twice."""
    kept.write("torch.py", NO_TORCH)
    shown, read = surveyed(kept, "html"), surveyed(kept)
    assert told(shown.figures) == told(read.figures)
    assert told(shown.listings) == told(read.listings)
