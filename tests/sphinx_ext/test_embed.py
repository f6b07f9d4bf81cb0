"""A figure inside the page, or beside it as a file."""

import re

import pytest
from projects import Project

PAGE = """
Page
====

.. visualtorch:: models:Net
   :input-shape: 1, 8
   {options}
"""


def is_inline(project: Project, options: str, configured: str) -> bool:
    project.configure(configured)
    project.write("index.rst", PAGE.format(options=options))
    done = project.build("-n", "-W", "-E")
    assert (done.code, done.warnings) == (0, "")
    (figure,) = done.figures("index.html")
    images = re.findall(r'<img [^>]*src="(_images/visualtorch-\w+\.svg)"', figure)
    assert len(images) + figure.count("<svg") == 1
    for image in images:
        assert done.page(image).startswith("<svg xmlns=")
        assert 'alt="Architecture of Net' in figure
    return not images


@pytest.mark.parametrize(
    ("options", "configured", "inline"),
    [
        ("", "", True),
        (":embed: img", "", False),
        ("", "visualtorch_embed = 'img'", False),
        (":embed: inline", "visualtorch_embed = 'img'", True),
        ("", "visualtorch_inline_limit = 1", False),
        (":embed: auto", "visualtorch_inline_limit = 1", False),
        (":embed: inline", "visualtorch_inline_limit = 1", True),
    ],
)
def test_how_html_holds_it(one: Project, options: str, configured: str, inline: bool) -> None:
    assert is_inline(one, options, f"{configured}\n") is inline


def test_a_page_follows_the_setting(one: Project) -> None:
    """Another setting writes the pages anew, and reads none."""
    one.write("index.rst", PAGE.format(options=""))
    assert "<svg" in one.build().page("index.html")
    one.configure("visualtorch_embed = 'img'\n")
    done = one.build()
    assert "<img" in done.page("index.html")
    assert done.readers == 1


def test_a_word_that_is_none(one: Project) -> None:
    one.write("index.rst", PAGE.format(options=":embed: object"))
    (line,) = one.build().lines
    assert "option 'embed' cannot be 'object': one of auto, inline, img is wanted" in line


def test_a_limit_that_is_none(one: Project) -> None:
    one.configure("visualtorch_inline_limit = -1\n")
    one.write("index.rst", PAGE.format(options=""))
    (line,) = one.build().lines
    assert "visualtorch_inline_limit in conf.py: a number of kilobytes above 0 is wanted" in line
