"""The manual's own directives, so that nothing in it is written twice.

``example`` shows what its content makes, then the content itself; ``style-options`` describes
the options of a style, and ``config-value`` a value of conf.py, from their declarations;
``architecture`` lists the classes of one file of the show-case and its text, without importing it;
``paper-defaults`` lists the defaults of the VisualTorch paper.
"""

from __future__ import annotations

import ast
import dataclasses
import re
import textwrap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, ClassVar

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util.docutils import SphinxDirective

from sphinx_visualtorch import options
from sphinx_visualtorch.paper import PAPER_DEFAULTS

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata, OptionSpec

ARCHITECTURES = Path(__file__).resolve().parents[1] / "architectures"


class Example(SphinxDirective):
    """What the content makes, and below it how it is written."""

    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the parsed content and its source."""
        text = "\n".join(self.content)
        source = nodes.literal_block(text, text, language="rst")
        return [*self.parse_content_to_nodes(), source]


def spelled(value: object) -> str:
    """Return a default value as an author would write it."""
    match value:
        case None:
            return "``auto``"
        case bool():
            return f"``{str(value).lower()}``"
        case "" | ():
            return "empty"
        case float():
            return f"``{value:g}``"
        case options.Font():
            return f"``{value.size:g}px`` of the theme's own family"
        case _:
            return f"``{value}``"


def wanted(check: options.Check) -> str:
    """Return what a check says it wants, which is what the reader of a warning is told."""
    try:
        check(object())
    except ValueError as error:
        return re.sub(r",? (is|are) wanted$", "", str(error)).replace("'auto'", "``auto``")
    raise AssertionError("a check that takes anything says nothing")


class StyleOptions(SphinxDirective):
    """The options that one class of ``sphinx_visualtorch.options`` declares itself."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return one description an option."""
        return self.parse_text_to_nodes("\n".join(self.lines()))

    def lines(self) -> Iterator[str]:
        """Yield the descriptions as reStructuredText."""
        cls = getattr(options, self.arguments[0])
        inherited = {
            field.name
            for base in cls.__mro__[1:]
            if dataclasses.is_dataclass(base)
            for field in dataclasses.fields(base)
        }
        for field in dataclasses.fields(cls):
            if field.name in inherited:
                continue
            aliases = [alias for alias, name in options.ALIASES.items() if name == field.name]
            yield f".. rst:directive:option:: {field.name}"
            yield ""
            yield f"   {field.metadata['help']}"
            yield ""
            yield f"   Takes {wanted(field.metadata['check'])}. Default: {spelled(field.default)}."
            if aliases:
                yield f"   Also written ``{'``, ``'.join(aliases)}``."
            yield ""


class PaperDefaults(SphinxDirective):
    """A table of what the paper's functions have as defaults where these differ from ours."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        styles = list(PAPER_DEFAULTS)
        names = dict.fromkeys(name for style in styles for name in PAPER_DEFAULTS[style])
        rows = [["", *(f"``{style}_view``" for style in styles)]]
        for name in names:
            cells = [plain(PAPER_DEFAULTS[style], name) for style in styles]
            rows.append([f"``{name}``", *(f"``{cell}``" if cell else "" for cell in cells)])
        lines = [".. list-table::", "   :header-rows: 1", ""]
        for row in rows:
            lines += [f"   {'  -' if index else '* -'} {cell}" for index, cell in enumerate(row)]
        return self.parse_text_to_nodes("\n".join(lines))


def plain(values: Mapping[str, Any], name: str) -> str:
    """Return a value of Python as a directive takes it, nothing where there is none."""
    match values.get(name, ""):
        case None:
            return "auto"
        case bool(value):
            return str(value).lower()
        case tuple(items):
            return ", ".join(items)
        case float(value):
            return f"{value:g}"
        case value:
            return str(value)


class ConfigValue(SphinxDirective):
    """A value of conf.py, with all that it is registered with; the content adds to it."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[nodes.Node]:
        """Return the description."""
        name = self.arguments[0]
        value = self.config.values[name]
        lines = [
            f".. confval:: {name}",
            f"   :type: {types(value.valid_types)}",
            f"   :default: ``{value.default!r}``",
            "",
            f"   {value.description}",
            "",
            *(f"   {line}" for line in self.content),
        ]
        return self.parse_text_to_nodes("\n".join(lines))


def types(valid: Any) -> str:
    """Return the types that a config value may have, as a reader would say them."""
    if not isinstance(valid, frozenset):  # an ENUM, which shows its candidates only so
        return "one of " + repr(valid).removeprefix("ENUM(").removesuffix(")")
    names = sorted("None" if kind is type(None) else kind.__name__ for kind in valid)
    return " or ".join(f"``{name}``" for name in names)


class Architecture(SphinxDirective):
    """The classes and functions of one file of the show-case, and its text."""

    required_arguments = 1
    option_spec: ClassVar[OptionSpec] = {"no-source": directives.flag}

    def run(self) -> list[nodes.Node]:
        """Return one description a class or public function, then the file."""
        path = ARCHITECTURES / f"{self.arguments[0]}.py"
        self.env.note_dependency(str(path))
        text = path.read_text(encoding="utf-8")
        lines = list(self.lines(ast.parse(text)))
        if "no-source" not in self.options:
            lines += [f".. literalinclude:: /architectures/{path.name}", "   :language: python"]
        return self.parse_text_to_nodes("\n".join(lines))

    def lines(self, tree: ast.Module) -> Iterator[str]:
        """Yield the descriptions as reStructuredText."""
        module = f"architectures.{self.arguments[0]}"
        yield f".. py:module:: {module}"
        yield "   :no-contents-entry:"
        yield ""
        for item in tree.body:
            match item:
                case ast.ClassDef():
                    yield from description("class", module, item, initialiser(item))
                case ast.FunctionDef() if not item.name.startswith("_"):
                    yield from description("function", module, item, item.args)
                case _:
                    pass


def initialiser(item: ast.ClassDef) -> ast.arguments:
    """Return the parameters that a class is called with, without ``self``."""
    for inner in item.body:
        if isinstance(inner, ast.FunctionDef) and inner.name == "__init__":
            parameters = inner.args
            del parameters.args[0]
            return parameters
    return ast.arguments([], [], None, [], [], None, [])


def description(
    kind: str, module: str, item: ast.ClassDef | ast.FunctionDef, parameters: ast.arguments
) -> Iterator[str]:
    """Yield one description: the signature without types, the first paragraph of the docstring."""
    for parameter in ast.walk(parameters):
        if isinstance(parameter, ast.arg):
            parameter.annotation = None
    yield f".. py:{kind}:: {item.name}({ast.unparse(parameters)})"
    yield f"   :module: {module}"
    yield "   :no-contents-entry:"
    yield ""
    summary = (ast.get_docstring(item) or "").partition("\n\n")[0]
    # the docstrings are in Google's style and plain text but for emphasis and literals
    yield textwrap.indent(summary, "   ")
    yield ""


def setup(app: Sphinx) -> ExtensionMetadata:
    """Add the directives."""
    app.add_directive("example", Example)
    app.add_directive("style-options", StyleOptions)
    app.add_directive("config-value", ConfigValue)
    app.add_directive("architecture", Architecture)
    app.add_directive("paper-defaults", PaperDefaults)
    return {"parallel_read_safe": True, "parallel_write_safe": True}
