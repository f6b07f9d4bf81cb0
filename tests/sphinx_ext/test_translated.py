"""Documents in another language: all words of the author's, and what says them besides a figure."""

from __future__ import annotations

import re

import pytest
from projects import Project, chain

from sphinx_visualtorch.reference import Reference

PAGE = """
Models
======

.. visualtorch:: models:Net
   :input-shape: 1, 8
   :alt: A net in words.
   :table:

   The caption.

   The legend.
"""
MYST = """
# Models

```{visualtorch} models:Net
:input-shape: 1, 8
:alt: A net in words.

The caption.

The legend.
```
"""
GERMAN = """
msgid "A net in words."
msgstr "Ein Netz in Worten."

msgid "The caption."
msgstr "Die Unterschrift."

msgid "The legend."
msgstr "Die Legende."
"""


@pytest.mark.parametrize(("name", "page"), [("index.rst", PAGE), ("index.md", MYST)])
def test_a_figure_in_another_language(project: Project, name: str, page: str) -> None:
    project.configure("locale_dirs = ['locale']\n")
    project.write("models.py", "raise RuntimeError\n")
    project.write(name, page)
    project.write("locale/de/LC_MESSAGES/index.po", GERMAN)
    project.keep(Reference.parse("models:Net", input_shape="1, 8"), chain(), "models.py")
    template = project.build("-W", builder="gettext")
    assert template.code == 0, template.warnings
    for message in re.findall(r'msgid ".*"', GERMAN):
        assert template.page("index.pot").count(message) == 1
    for builder, title in (("html", ">{}</title>"), ("text", "[{}]"), ("epub", 'alt="{}"')):
        options = ("-D", "language=de", "-D", "copyright=nobody", "-D", "version=1")
        done = project.build("-W", *options, builder=builder)
        assert done.code == 0, done.warnings
        written = done.page({"text": "index.txt", "epub": "index.xhtml"}.get(builder, "index.html"))
        assert title.format("Ein Netz in Worten.") in written
        assert "Die Unterschrift." in written
        assert "Die Legende." in written
        assert "A net in words." not in written
