"""From a reference to a model, and what is said where there is none."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest
import zoo
from torch import nn
from tracing import models

from sphinx_visualtorch.errors import BuildError, ModelNotFoundError, NotAModelError
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.tracing.resolve import find, maker
from sphinx_visualtorch.tracing.run import trace_reference

pytestmark = pytest.mark.torch


@pytest.mark.parametrize(
    ("target", "found"),
    [
        ("zoo:Chain", zoo.Chain),
        ("zoo.Chain", zoo.Chain),
        ("zoo:Zoo.small", zoo.Zoo.small),
        ("zoo.Zoo.Small", zoo.Zoo.Small),
        ("tracing.models:NUMBER", models.NUMBER),
        ("tracing.models.NUMBER", models.NUMBER),
        ("torch.nn:Linear", nn.Linear),
        ("torch.nn.Linear", nn.Linear),
        ("architectures.resnet.resnet18", sys.modules),
    ],
)
def test_modules_and_attributes_are_told_apart(target: str, found: object) -> None:
    if found is sys.modules:
        import architectures

        found = architectures.resnet18
    assert find(target) is found


def test_what_a_package_calls_so_comes_before_its_module(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    package = tmp_path / "shadowing"
    package.mkdir()
    (package / "__init__.py").write_text("from .net import net\n")
    (package / "net.py").write_text("def net():\n    return 1\nother = 2\n")
    monkeypatch.syspath_prepend(tmp_path)
    assert find("shadowing.net")() == 1
    assert find("shadowing.net:other") == 2


@pytest.mark.parametrize(
    ("target", "part", "where", "near"),
    [
        ("zooo:Chain", "zooo", "the import path", ("zoo",)),
        ("zoo:Chian", "Chian", "module 'zoo'", ("Chain",)),
        ("zoo.Chian", "Chian", "module 'zoo'", ("Chain",)),
        ("zoo:Zoo.Smal", "Smal", "class 'Zoo'", ("Small",)),
        ("architectures.resnte:resnet18", "resnte", "package 'architectures'", ("resnet",)),
        ("zoo.inner:Chain", "inner", "module 'zoo'", ()),
        ("zoo:INSTANCE.weight", "weight", "an object of class 'Sequential'", ()),
    ],
)
def test_a_wrong_reference_says_which_part_and_near_names(
    target: str, part: str, where: str, near: tuple[str, ...]
) -> None:
    with pytest.raises(ModelNotFoundError) as caught:
        find(target)
    error = caught.value
    assert (error.reference, error.part, error.where) == (target, part, where)
    assert set(near) <= set(error.near)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("import not_there_at_all", "ModuleNotFoundError: No module named 'not_there_at_all'"),
        ("from torch import not_there", "ImportError: cannot import name 'not_there'"),
        ("1 / 0", "ZeroDivisionError: division by zero"),
        ("raise SystemExit(1)", "it called sys.exit(1)"),
        ("def broken(:", "SyntaxError: invalid syntax"),
    ],
)
def test_a_module_that_raises_is_not_a_wrong_reference(
    text: str, words: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "broken_models.py").write_text(text + "\n")
    monkeypatch.syspath_prepend(tmp_path)
    for target in ("broken_models:net", "broken_models.net"):
        monkeypatch.delitem(sys.modules, "broken_models", raising=False)
        with pytest.raises(BuildError) as caught:
            find(target)
        assert str(caught.value).startswith(f"importing 'broken_models' for {target!r} failed: ")
        assert words in str(caught.value)
        assert caught.value.__cause__ is not None


def test_an_attribute_that_raises_is_the_authors_error(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "lazy_models.py").write_text("def __getattr__(name):\n    1 / 0\n")
    monkeypatch.syspath_prepend(tmp_path)
    with pytest.raises(BuildError, match="ZeroDivisionError"):
        find("lazy_models:net")


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("zoo:NUMBER", "is of type 'int'"),
        ("zoo:not_a_model", "is a function that returned 'int'"),
        ("tracing.models:returns_nothing", "is a function that returned 'NoneType'"),
        ("tracing.models:Plain", "is class 'Plain', which is no nn.Module"),
        ("architectures.resnet", "is a module"),
    ],
)
def test_what_is_no_model_is_described(target: str, words: str) -> None:
    with pytest.raises(NotAModelError) as caught:
        trace_reference(Reference.parse(target, input_shape="1, 8"))
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("target", "words"),
    [
        ("zoo:RaisesInConstructor", "ValueError: no such configuration: <tiny>"),
        ("zoo:NeedsArguments", "missing a required argument: 'width'; :args: and :kwargs: say"),
        ("tracing.models:Exits", "it called sys.exit(2)"),
        ("tracing.models:recurses", "RecursionError"),
    ],
)
def test_a_constructor_that_raises_names_the_reference(target: str, words: str) -> None:
    with pytest.raises(BuildError) as caught:
        trace_reference(Reference.parse(target, input_shape="1, 8"))
    assert caught.value.reference == target
    assert words in caught.value.problem
    assert caught.value.__cause__ is not None


def test_arguments_reach_the_constructor() -> None:
    reference = Reference.parse("zoo:factory", args="4", kwargs="depth=3, bias=False")
    model = maker(find(reference.target), reference)()
    assert len(model) == 3
    assert model[0].in_features == 4
    assert model[0].bias is None
    assert str(reference) == "zoo:factory(4, bias=False, depth=3)"
