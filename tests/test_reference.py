"""References: every spelling that the manual has is read, nothing is ever evaluated."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from sphinx_visualtorch.errors import ReferenceSyntaxError
from sphinx_visualtorch.reference import DTYPES, Reference, described, dtypes, shapes, split_key


def parse(target: str = "pkg.m:net", **texts: str | None) -> Reference:
    return Reference.parse(target, **texts)


def brief(value: object) -> str:
    """Return the name of a case."""
    return repr(value)[:40]


def again(reference: Reference) -> Reference:
    """Read what a reference prints."""
    return Reference.parse(
        reference.target,
        args=reference.args,
        kwargs=reference.kwargs,
        input_shape="; ".join(map(str, reference.input_shape)),
        input_dtype="; ".join(reference.input_dtype),
        inputs=reference.inputs,
    )


# targets


@pytest.mark.parametrize(
    "target",
    ["pkg.models:resnet", "pkg.models:Zoo.small", "pkg.models.resnet", "m:f", "a.b", "größe.m:Ö"],
)
def test_targets(target: str) -> None:
    assert parse(f"  {target} ") == Reference(target=target)
    assert str(parse(target)) == target


def test_names_are_read_as_python_reads_them() -> None:
    assert parse("m:gro\N{COMBINING DIAERESIS}ße").target == "m:größe"


@pytest.mark.parametrize(
    "target",
    [
        *("", " ", "resnet", ":", "m:", ":f", "a:b:c", "a..b", ".a", "a.", "a.b.", "1a.b", "a:1b"),
        *("a b:c", "a:b()", "a.b(1)", "a/b:c", "a-b:c", "a\n:b", "a:b\0", "a:<b>", "a²:b", "a:b;"),
        *("a:__import__('os')", "a:b:", "::", "a:.b", "a.b:c..d"),
    ],
)
def test_what_is_no_target(target: str) -> None:
    with pytest.raises(ReferenceSyntaxError, match=r"pkg\.models:resnet") as caught:
        parse(target)
    assert caught.value.text == target


# arguments


@pytest.mark.parametrize(
    ("text", "values", "printed"),
    [
        ("10, 'small'", (10, "small"), "10, 'small'"),
        ("", (), ""),
        ("  \n ", (), ""),
        ("1,", (1,), "1"),
        ("1,\n 2", (1, 2), "1, 2"),
        ("1, # one\n 2 # two", (1, 2), "1, 2"),
        ("# nothing", (), ""),
        ("[64, 128], (3,), ()", ([64, 128], (3,), ()), "[64, 128], (3,), ()"),
        ("None, True, -1, +1", (None, True, -1, 1), "None, True, -1, 1"),
        ("-0.5, 1e3, 0x10, 1_000", (-0.5, 1000.0, 16, 1000), "-0.5, 1000.0, 16, 1000"),
        ("'a' 'b', u'c', b'\\xff'", ("ab", "c", b"\xff"), "'ab', 'c', b'\\xff'"),
        ("'é', '\\u00e9', '日本'", ("é", "é", "日本"), "'é', 'é', '日本'"),
        ("{'a': [1, (2,)], 3: {}}", ({"a": [1, (2,)], 3: {}},), "{'a': [1, (2,)], 3: {}}"),
        ("{3, 1, 2}, set()", ({1, 2, 3}, set()), "{1, 2, 3}, set()"),
        ("...", (...,), "..."),
        ("1e999, [-1e999]", (float("inf"), [float("-inf")]), "1e999, [-1e999]"),
        ("1+2j, -2j", (1 + 2j, -2j), "(1+2j), -2j"),
        (r"'C:\data'", (r"C:\data",), r"'C:\\data'"),
        ("'__import__(\"os\")'", ('__import__("os")',), "'__import__(\"os\")'"),
    ],
)
def test_arguments(text: str, values: tuple[object, ...], printed: str) -> None:
    reference = parse(args=text)
    assert reference.args == printed
    assert reference.positional() == values
    assert again(reference) == reference


@pytest.mark.parametrize(
    "text",
    [
        # nothing is called, looked up or computed
        *(
            "__import__('os').system('true')",
            "print(1)",
            "nn.ReLU",
            "x",
            "f'{1}'",
            "10**9",
            "'a'*9",
        ),
        *("~1", "not 1", "1 if 1 else 2", "lambda: 1", "[i for i in (1,)]", "i for i in (1,)"),
        *("(yield)", "(x := 1)", "*[1]", "*'ab'", "**{}", "nan", "inf", "float('nan')", "{**{}}"),
        *("frozenset({1})", "dict(a=1)", "[*[1]]", "{[]: 1}", "{[1]}", "'%s' % 1", "1 < 2", "1[0]"),
        # no list of arguments
        *("(1", "1)", "[1, 2", "1]", "1)(2", "1).f(2", "1) + f(2", "f)(", ")", "(", "1))#", "1;2"),
        *(
            ",",
            ",1",
            "1,,2",
            "1 2",
            "a=1",
            "1, a=2",
            "'",
            "'a\nb'",
            "01",
            "1\r2",
            "import os",
            "\0",
        ),
        *("'\\N{no such sign}'", "'\\x1'", "b'é'", "pass", "x = 1", "1 #)\n)"),
    ],
    ids=brief,
)
def test_what_is_no_argument(text: str) -> None:
    with pytest.raises(ReferenceSyntaxError) as caught:
        parse(args=text)
    assert caught.value.text == text
    assert len(str(caught.value)) < 400


@pytest.mark.parametrize("depth", [50, 150, 199, 300, 600, 1_100, 3_000, 100_000])
@pytest.mark.parametrize(
    ("left", "middle", "right"),
    [
        *[("[", "", "]"), ("(", "", ")"), ("{1: ", "1", "}"), ("-", "1", ""), ("", "1", "+1")],
        *[("not ", "1", ""), ("", "x", ".a"), ("", "x", "(1)"), ("{", "1", "}"), ("[(", "", ")]")],
    ],
)
def test_deep_nesting_never_gets_out(depth: int, left: str, middle: str, right: str) -> None:
    text = left * depth + middle + right * depth
    try:
        reference = parse(args=text)
    except ReferenceSyntaxError as error:
        reference, message = None, str(error)
    if reference is None:
        assert len(message) < 400
    else:
        assert depth < 300
        assert again(reference) == reference


@pytest.mark.parametrize(
    "text",
    ["9" * 5_000, f"0x{'f' * 9_000}", f"[0x{'f' * 9_000}]", f"-{'9' * 5_000}"],
    ids=brief,
)
def test_whole_numbers_without_end_are_refused(text: str) -> None:
    with pytest.raises(ReferenceSyntaxError):
        parse(args=text)


def test_long_texts_are_read() -> None:
    text = "x" * 200_000
    assert parse(args=repr(text)).positional() == (text,)
    assert len(parse(args=", ".join(["1"] * 20_000)).positional()) == 20_000


# keyword arguments


@pytest.mark.parametrize(
    ("text", "values", "printed"),
    [
        ("width=64, depth=3", {"width": 64, "depth": 3}, "depth=3, width=64"),
        ("a=1,", {"a": 1}, "a=1"),
        ("{'b': 1, 'a': [2]}", {"a": [2], "b": 1}, "a=[2], b=1"),
        ("{}", {}, ""),
        ("", {}, ""),
        ("text='x=y, z'", {"text": "x=y, z"}, "text='x=y, z'"),
        ("größe=1", {"größe": 1}, "größe=1"),
        ("ﬁ=1", {"fi": 1}, "fi=1"),
        ("a={'b': 1}", {"a": {"b": 1}}, "a={'b': 1}"),
        ("a=1, # one\nb=2", {"a": 1, "b": 2}, "a=1, b=2"),
        ("a={'y', 'x'}", {"a": {"x", "y"}}, "a={'x', 'y'}"),
    ],
)
def test_keywords(text: str, values: dict[str, object], printed: str) -> None:
    reference = parse(kwargs=text)
    assert reference.kwargs == printed
    assert reference.keywords() == values
    assert again(reference) == reference


@pytest.mark.parametrize(
    "text",
    [
        *("1", "a=1, a=2", "ﬁ=1, fi=2", "**{'a': 1}", "a=1, **{'b': 2}", "a=x", "a=1 b=2", "a: 1"),
        *(
            "{1: 2}",
            "{'a b': 1}",
            "{'class': 1}",
            "{'ﬁ': 1}",
            "{'a': 1}, b=2",
            "{'a': 1}, {'b': 2}",
        ),
        *(
            "None=1",
            "class=1",
            "a.b=1",
            "a[0]=1",
            "1=2",
            "a==1",
            "a=1; b=2",
            "a",
            "*{'a': 1}",
            "a=",
        ),
        *("dict(a=1)", "a=__import__('os')", "a=f'{1}'", "a=1)(b=2", "{'a': 1", "{'a'}", "'a=1'"),
    ],
)
def test_what_is_no_keyword(text: str) -> None:
    with pytest.raises(ReferenceSyntaxError):
        parse(kwargs=text)


def test_the_call_is_written_as_in_python() -> None:
    reference = parse(args="10", kwargs="width=64, name='x'")
    assert str(reference) == "pkg.m:net(10, name='x', width=64)"


# shapes


@pytest.mark.parametrize(
    ("text", "sizes"),
    [
        ("1,3,224,224", ((1, 3, 224, 224),)),
        ("1, 3, 224, 224", ((1, 3, 224, 224),)),
        ("1x3x224x224", ((1, 3, 224, 224),)),
        ("1 × 3 × 224 × 224", ((1, 3, 224, 224),)),
        ("1 3 224", ((1, 3, 224),)),
        ("(1, 3)", ((1, 3),)),
        ("[1, 3]", ((1, 3),)),
        ("(5,)", ((5,),)),
        ("5", ((5,),)),
        ("0, 0", ((0, 0),)),
        ("()", ((),)),
        ("", ()),
        ("  ", ()),
        ("1,3; 1,10", ((1, 3), (1, 10))),
        ("(1, 3);\n(1,)", ((1, 3), (1,))),
        ("1,3;", ((1, 3),)),
        ("(); 1", ((), (1,))),
    ],
)
def test_shapes_as_text(text: str, sizes: tuple[tuple[int, ...], ...]) -> None:
    assert shapes(text) == sizes
    reference = parse(input_shape=text)
    assert reference.input_shape == sizes
    assert again(reference) == reference


@pytest.mark.parametrize(
    ("value", "sizes"),
    [
        ((1, 3), ((1, 3),)),
        ([1, 3], ((1, 3),)),
        (range(1, 4), ((1, 2, 3),)),
        (((1, 3), (1,)), ((1, 3), (1,))),
        ([[1, 3]], ((1, 3),)),
        ((), ((),)),
        (((), (2,)), ((), (2,))),
    ],
)
def test_shapes_as_values(value: object, sizes: tuple[tuple[int, ...], ...]) -> None:
    assert shapes(value) == sizes
    assert all(type(size) is int for shape in shapes(value) for size in shape)


def test_sizes_may_be_the_numbers_of_other_libraries() -> None:
    class Number:
        def __index__(self) -> int:
            return 7

    assert shapes((1, Number())) == ((1, 7),)
    assert shapes((Number(), 1)) == ((7, 1),)


@pytest.mark.parametrize(
    "value",
    [
        *("-1, 3", "1.5, 3", "1,,3", ",1", "1,3;;1,4", ";", ";1", "(1, 3", "1, 3)", "(1, 3]", "x"),
        *(
            "1x",
            "x1",
            "batch, 3",
            "None",
            "1e3",
            "1_000",
            "²",
            "(1,3),(1,4)",
            "((1,3))",
            "1;x",
            "+1",
        ),
        *("1*3", "1/3", "True", "nan", "1 , , 3", "1 x x 3", "(,)", "( ; )", "1\0"),
        *("9" * 5_000, f"1, {'9' * 30}", "99999999999,99999999999", "1;" * 50 + "-1"),
        *((1, -3), (1.0, 3), (1, 3.0), (True, 3), ("1", 3), ("1,3",), (1, None), ((1, 3), 5)),
        *((5, (1, 3)), (((1,),),), 7, None, b"ab", {1, 2}, {"a": 1}, float("nan"), ..., [{}]),
        *((10**30,), (2**31, 2**31), (0, 2**40, 2**40), ((1,), (2**63,))),
    ],
    ids=brief,
)
def test_what_is_no_shape(value: object) -> None:
    with pytest.raises(ReferenceSyntaxError) as caught:
        shapes(value)
    assert len(str(caught.value)) < 400


def test_a_size_that_cannot_even_be_printed() -> None:
    with pytest.raises(ReferenceSyntaxError, match="so many elements"):
        shapes((10**6_000,))


# element types


@pytest.mark.parametrize(
    ("value", "names"),
    [
        ("long", ("long",)),
        ("torch.long", ("long",)),
        ("long; float32", ("long", "float32")),
        ("long, float32", ("long", "float32")),
        ("long float32", ("long", "float32")),
        ("", ()),
        ((), ()),
        (["long", "bool"], ("long", "bool")),
    ],
)
def test_dtypes(value: object, names: tuple[str, ...]) -> None:
    assert dtypes(value) == names


@pytest.mark.torch
def test_dtypes_are_torchs() -> None:
    import torch

    assert dtypes(torch.float32) == ("float32",)
    assert dtypes([torch.int64, "bool"]) == ("int64", "bool")
    for name in DTYPES:
        assert isinstance(getattr(torch, name), torch.dtype)
        assert dtypes(getattr(torch, name))[0] in DTYPES


@pytest.mark.parametrize(
    "value", ["Long", "foo", "torch.torch.long", "long;x", 5, None, b"long", [["long"]], object]
)
def test_what_is_no_dtype(value: object) -> None:
    with pytest.raises(ReferenceSyntaxError, match=r"is no element type .*float32"):
        dtypes(value)


@pytest.mark.parametrize("types", ["", "long", "long; bool"])
def test_no_one_or_as_many_dtypes_as_shapes(types: str) -> None:
    sizes, names = described("1, 2; 3", types)
    assert sizes == ((1, 2), (3,))
    assert "; ".join(names) == types


# all together


@pytest.mark.parametrize(
    ("texts", "problem"),
    [
        ({"input_shape": "1", "input_dtype": "long; bool"}, "2 element types for 1 input shapes"),
        ({"input_dtype": "long"}, "without an input shape"),
        ({"inputs": "m:f", "input_dtype": "long"}, "without an input shape"),
        ({"inputs": "m:f", "input_shape": "1"}, "at once"),
        ({"inputs": "f"}, "a module and a name in it"),
    ],
)
def test_what_does_not_fit_together(texts: dict[str, str], problem: str) -> None:
    with pytest.raises(ReferenceSyntaxError, match=problem):
        parse(**texts)


def test_texts_that_a_reference_does_not_have() -> None:
    with pytest.raises(TypeError, match="no shape"):
        parse(shape="1, 2")


def test_empty_texts_are_no_texts() -> None:
    assert parse(args=None, kwargs="", input_shape=" ", inputs=None) == parse()


def test_all_of_it_survives_printing_and_reading() -> None:
    whole = parse(
        args="{'b', 'a'}, -1j",
        kwargs="z=..., a=[1e999]",
        input_shape="1x3; ()",
        input_dtype="torch.long",
    )
    assert whole == Reference(
        target="pkg.m:net",
        args="{'a', 'b'}, -1j",
        kwargs="a=[1e999], z=...",
        input_shape=((1, 3), ()),
        input_dtype=("long",),
    )
    assert again(whole) == whole
    assert hash(again(whole)) == hash(whole)
    assert again(parse(inputs="m:f")) == parse(inputs="m:f")


def test_spellings_of_the_same_are_equal() -> None:
    one = parse(args="1,'x'", kwargs="b=2,a=1", input_shape="1x3")
    two = parse(args='0x1,\n"x"', kwargs="{'a': 1, 'b': 2}", input_shape="(1, 3)")
    assert one == two


def test_the_text_is_the_same_in_every_process() -> None:
    """Sets come in another order in each, and the store's file names depend on it."""
    program = (
        "from sphinx_visualtorch.reference import Reference\n"
        "words = str({'one', 'two', 'three', 'four'})\n"
        "print(Reference.parse('m:f', args=words, kwargs=f'a=[{words}]'))"
    )
    path = os.pathsep.join(sys.path)
    printed = {
        subprocess.run(
            [sys.executable, "-c", program],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path},
            capture_output=True,
            check=True,
        ).stdout
        for seed in ("0", "1", "2")
    }
    words = "{'four', 'one', 'three', 'two'}"
    assert printed == {f"m:f({words}, a=[{words}])\n".encode()}


@pytest.mark.parametrize(
    ("text", "target", "key"),
    [
        ("pkg:NETS['a']", "pkg:NETS['a']", "a"),
        ('pkg.models:Zoo.NETS [ "resnet-50.v1" ]', "pkg.models:Zoo.NETS['resnet-50.v1']", None),
        ("pkg:NETS['it\\'s [x]']", 'pkg:NETS["it\'s [x]"]', "it's [x]"),
    ],
)
def test_key(text: str, target: str, key: str | None) -> None:
    """Something in a mapping has one spelling, whatever its quotes."""
    found = Reference.parse(text)
    assert found.target == target
    assert Reference.parse(found.target) == found
    if key is not None:
        assert split_key(target) == (target.partition("[")[0], key)
    assert split_key("pkg:NETS") == ("pkg:NETS", None)


@pytest.mark.parametrize("text", ["pkg:NETS['a", "pkg:N['a', 'b']", "pkg.NETS['a']", "pkg:N[a]"])
def test_bad_key(text: str) -> None:
    with pytest.raises(ReferenceSyntaxError):
        Reference.parse(text)
