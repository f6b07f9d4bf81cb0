"""Runs inside containers that are not called."""

from __future__ import annotations

import pytest
from torch import nn

from sphinx_visualtorch.tracing.records import Call, Kind, Op
from sphinx_visualtorch.tracing.scopes import Group, grouped

pytestmark = pytest.mark.torch

ROOT = Call(nn.Identity(), "", None, 0)


def shape(*ops: Op) -> str:
    """Return the tree as text: ``a (b c) d``."""

    def text(item: Group | Op) -> str:
        if isinstance(item, Op):
            return item.path
        return f"{item.path}({' '.join(map(text, item.items))})"

    return " ".join(map(text, grouped(ops, ROOT).items))


def at(path: str, call: Call = ROOT, kind: Kind = "module") -> Op:
    return Op(kind, call, path)


def f(name: str, call: Call = ROOT) -> Op:
    return at(name, call, "function")


def test_direct_children_need_no_container() -> None:
    assert shape(at("a"), f("add"), at("b")) == "a add b"


def test_functions_between_belong_to_the_container_and_those_outside_do_not() -> None:
    ops = [f("add"), at("m.0"), f("mul"), f("mul"), at("m.1"), f("sub"), at("n.0"), f("div")]
    assert shape(*ops) == "add m(m.0 mul mul m.1) sub n(n.0) div"


def test_a_run_ends_where_another_module_is_called() -> None:
    assert shape(at("m.0"), at("x"), at("m.1")) == "m(m.0) x m(m.1)"


def test_containers_stand_in_containers() -> None:
    ops = [at("m.0.a"), f("add"), at("m.0.b"), f("mul"), at("m.1.a"), at("m.c")]
    assert shape(*ops) == "m(m.0(m.0.a add m.0.b) mul m.1(m.1.a) m.c)"


def test_calls_are_items_like_others() -> None:
    block = Call(nn.Identity(), "m.0", ROOT, 0)
    inner = Call(nn.Identity(), "m.0.x.1", block, 0)
    ops = [
        at("m.0.a", block),
        at("m.0.x.1.z", inner),
        f("m.0.x.1.add", inner),
        at("m.0.x.2", block),
        at("m.1"),
    ]
    wanted = "m(m.0(m.0.a m.0.x(m.0.x.1(m.0.x.1.z m.0.x.1.add) m.0.x.2)) m.1)"
    assert shape(*ops) == wanted


def test_modules_from_elsewhere_are_not_wrapped() -> None:
    block = Call(nn.Identity(), "decoder", ROOT, 0)
    assert shape(at("decoder.a", block), at("encoder.embed", block)) == (
        "decoder(decoder.a encoder.embed)"
    )


def test_two_calls_of_one_module_are_two_groups() -> None:
    calls = [Call(nn.Identity(), "m", ROOT, 0) for _ in range(2)]
    assert shape(at("m.a", calls[0]), at("m.a", calls[1])) == "m(m.a) m(m.a)"


def test_names_that_begin_alike_are_different_containers() -> None:
    block = Call(nn.Identity(), "m", ROOT, 0)
    assert shape(at("m.a", block), at("m2.a")) == "m(m.a) m2(m2.a)"
