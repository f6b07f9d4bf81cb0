"""Which models a module, a registry or a reference has, found without calling anything."""

from __future__ import annotations

import itertools
import sys
from pathlib import Path

import pytest

from sphinx_visualtorch.errors import BuildError, ModelNotFoundError, NotACatalogueError
from sphinx_visualtorch.listing import Catalogue, Listed, Listing
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.tracing.catalogue import listing_of
from sphinx_visualtorch.tracing.client import Crew, Found, list_all, trace_all
from sphinx_visualtorch.tracing.resolve import find
from sphinx_visualtorch.tracing.run import trace_reference

pytestmark = pytest.mark.torch

MODELS = '''
from __future__ import annotations
import abc
from functools import partial
from typing import TYPE_CHECKING
import torch
from torch import nn
from torch.nn import Linear

def helper():
    raise SystemExit("it was called")

class Net(nn.Module):
    """The first net,
    on two lines. And more.

    Details.
    """
    def __init__(self, width=4):
        super().__init__()
        self.layer = nn.Linear(8, width)
    def forward(self, x):
        return self.layer(x)

class Wants(Net):
    def __init__(self, width):
        super().__init__(width)

class Base(nn.Module):
    def build(self):
        return None

class Abstract(Net, abc.ABC):
    @abc.abstractmethod
    def part(self): ...

class Plain:
    pass

class _Hidden(Net):
    pass

def told() -> Net:
    raise SystemExit("it was called")

def optional() -> Net | None:
    raise SystemExit("it was called")

def other() -> int:
    return Net()

def unclear() -> Missing:
    return Net()

def by_name(wide=False):
    """By <name> & "quotes"."""
    model = Net(8) if wide else Net()
    model.eval()
    return model

def by_call():
    return _make(Net, width=3)

def _make(cls, **kwargs):
    return cls(**kwargs)

def in_place():
    return nn.Sequential(nn.Linear(8, 4)).eval()

def by_other():
    return told()

def needs(width) -> Net:
    return Net(width)

def loops():
    return loops()

def numbers():
    return [1, 2]

def maker():
    def inner():
        return Net()
    return inner

small = partial(Net, width=2)
number = 3
Again = Net

class Holder:
    @staticmethod
    def net():
        return Net()

REGISTRY = {
    "net": Net,
    "again": Net,
    "net-2.tiny": partial(Net, width=2),
    "lambda": lambda: Net(6),
    "made": Net(5),
    "text": "catalogued:told",
    "wants": Wants,
    "plain": Plain,
    3: Net,
    "none": None,
}

class Registry:
    def keys(self):
        return ["one"]
    def get(self, key):
        return Net
    __getitem__ = get

OWN = Registry()
'''

_numbers = itertools.count()


@pytest.fixture
def module(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.syspath_prepend(str(tmp_path))
    before = set(sys.modules)

    def make(text: str = MODELS, name: str = "catalogued") -> str:
        path = tmp_path.joinpath(*name.split(".")).with_suffix(".py")
        path.parent.mkdir(exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return name

    yield make
    for name in set(sys.modules) - before:
        if name.startswith("catalogued"):
            del sys.modules[name]


def listing(kind: str, *names: str) -> Listing:
    return listing_of(Catalogue(kind=kind, names=names), lambda _text: None)


def test_module(module) -> None:
    found = listing("module", module())
    assert [model.name for model in found.models] == [
        *("Net", "told", "optional", "unclear", "by_name", "by_call", "in_place", "by_other"),
        *("small", "Again"),
    ]
    assert found.passed == ("Wants", "needs")
    first, *_, last = found.models
    assert first == Listed(
        name="Net",
        target="catalogued:Net",
        summary="The first net, on two lines. And more.",
        paths=("catalogued.Net",),
    )
    # one object, one reference
    assert last.target == first.target
    by_name = {model.name: model for model in found.models}
    assert by_name["by_name"].summary == 'By <name> & "quotes".'
    assert by_name["small"].target == "catalogued:small"
    assert Listing.from_data(found.to_data()) == found


def test_all(module) -> None:
    """``__all__`` says what, and in which order, wherever it comes from."""
    module()
    text = "from catalogued import Net, by_name, number\n__all__ = ['by_name', 'Net', 'gone', 3]\n"
    found = listing("module", module(text, "catalogued2"))
    assert [model.name for model in found.models] == ["by_name", "Net"]
    assert found.models[1].target == "catalogued:Net"
    assert found.models[1].paths == ("catalogued2.Net", "catalogued.Net")


def test_imported_is_not_defined(module) -> None:
    module()
    found = listing("module", module("from catalogued import *\n", "catalogued2"))
    # what partial() makes does not know its home
    assert [model.name for model in found.models] == ["small"]


def test_package(module) -> None:
    """Without ``__all__`` what it takes from its own modules is its own, nothing else."""
    module(MODELS, "catalogued3.models")
    module("from torch.nn import ReLU\nfrom .models import Net, by_name\n", "catalogued3.__init__")
    found = listing("module", "catalogued3")
    assert [model.name for model in found.models] == ["Net", "by_name"]
    assert found.models[0].target == "catalogued3.models:Net"
    assert found.models[0].paths == ("catalogued3.Net", "catalogued3.models.Net")


def test_registry(module) -> None:
    found = listing("registry", f"{module()}:REGISTRY")
    targets = {model.name: model.target for model in found.models}
    assert targets == {
        "net": "catalogued:Net",
        "again": "catalogued:Net",
        "net-2.tiny": "catalogued:REGISTRY['net-2.tiny']",
        "lambda": "catalogued:REGISTRY['lambda']",
        "made": "catalogued:REGISTRY['made']",
        "text": "catalogued:told",
    }
    assert found.passed == ("wants",)
    for model in found.models:
        if model.name != "text":
            reference = Reference.parse(model.target, input_shape="1, 8")
            assert trace_reference(reference).graph.parameters > 0
    assert [model.name for model in listing("registry", "catalogued:OWN").models] == ["one"]


def test_references(module) -> None:
    """What cannot be found is left to tracing."""
    module()
    targets = ("catalogued.Net", "catalogued:Holder.net", "catalogued:gone", "nowhere:x")
    found = listing("references", *targets)
    assert [model.name for model in found.models] == list(targets[:2])
    assert [model.target for model in found.models] == ["catalogued:Net", "catalogued:Holder.net"]
    assert found.models[0].paths == ("catalogued.Net",)


@pytest.mark.parametrize(
    ("kind", "name", "error", "words"),
    [
        ("module", "catalogued:Net", NotACatalogueError, "a module is wanted"),
        ("registry", "catalogued:Net", NotACatalogueError, "a mapping is wanted"),
        ("module", "catalogued_gone", ModelNotFoundError, "has no 'catalogued_gone'"),
        ("registry", "catalogued:REGISTRI", ModelNotFoundError, "did you mean 'REGISTRY'"),
        ("module", "catalogued_bad", BuildError, "importing 'catalogued_bad' .* failed: .*no luck"),
        ("registry", "catalogued_bad2:BAD", BuildError, "listing .* failed: KeyError"),
    ],
)
def test_problems(module, kind: str, name: str, error: type[Exception], words: str) -> None:
    module()
    module("raise RuntimeError('no luck')\n", "catalogued_bad")
    module("class Bad(dict):\n  def keys(self): return [1]\nBAD = Bad()\n", "catalogued_bad2")
    with pytest.raises(error, match=words):
        listing(kind, name)


def test_key(module) -> None:
    target = f"{module()}:REGISTRY['nets']"
    with pytest.raises(ModelNotFoundError, match="did you mean 'net'"):
        find(target)
    with pytest.raises(NotACatalogueError, match="a mapping is wanted"):
        find("catalogued:number['x']")


def test_worker(module, tmp_path: Path) -> None:
    """One process lists and traces; one that an import ends is started again."""
    module()
    module("import os\nos._exit(3)\n", "catalogued_ends")
    module("import time\ntime.sleep(600)\n", "catalogued_hangs")
    module("raise RuntimeError('no luck')\n", "catalogued_bad")
    crew = Crew(tmp_path)
    kinds = [
        Catalogue(kind="module", names=(f"catalogued{name}",))
        for name in ("_ends", "", "_hangs", "_bad")
    ]
    answers: list[Found] = list(list_all(kinds, timeout=8, max_memory=4e9, crew=crew))
    ends, good, hangs, bad = answers
    assert ends.error is not None
    assert str(ends.error).startswith("listing 'catalogued_ends' ended its process while importing")
    assert good.error is None
    assert len(good.listing.models) == 10
    assert list(good.made.sources) == [str((tmp_path / "catalogued.py").resolve())]
    assert hangs.error is not None
    assert "'catalogued_hangs' was not listed within 8 s" in str(hangs.error)
    assert bad.error is not None
    assert (bad.error.stage, "no luck" in str(bad.error)) == ("build", True)
    reference = Reference.parse(good.listing.models[0].target, input_shape="1, 8")
    (traced,) = trace_all([reference], timeout=60, crew=crew)
    assert not hasattr(traced, "error")
