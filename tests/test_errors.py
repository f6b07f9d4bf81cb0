"""Every error keeps its values, writes its message and can be caught as the matching built-in."""

import copy
import pickle

import pytest

from sphinx_visualtorch import errors
from sphinx_visualtorch.errors import (
    BuildError,
    DocsError,
    GraphError,
    InputsError,
    MemoryLimitError,
    MissingError,
    ModelNotFoundError,
    NoModelsError,
    NotACatalogueError,
    NotAModelError,
    OptionError,
    PdfMissingError,
    ReferenceSyntaxError,
    ReportedError,
    StaleError,
    StoreError,
    TorchMissingError,
    TraceError,
    TraceTimeoutError,
    UnknownOptionError,
    UnlistedError,
    VisualTorchError,
    WorkerError,
    near,
)

# an error, the built-in that it also is, its stage, and its message
CASES = [
    (
        ReferenceSyntaxError("a b", "it is not Python", "10, 64"),
        ValueError,
        "reference",
        "cannot read 'a b': it is not Python; write for example 10, 64",
    ),
    (
        ModelNotFoundError("m:resnt", "resnt", "module 'm'", ["resnet", "vgg"]),
        LookupError,
        "reference",
        "'m:resnt': module 'm' has no 'resnt'; did you mean 'resnet'?",
    ),
    (
        ModelNotFoundError("m:x", "x", "module 'm'"),
        LookupError,
        "reference",
        "'m:x': module 'm' has no 'x'",
    ),
    (
        NoModelsError("m", "name some in __all__", ["Net", *"abcdef"]),
        LookupError,
        "gallery",
        (
            "'m' has no models ('Net', 'a', 'b', 'c', 'd', and 2 more cannot be called without "
            "arguments); name some in __all__"
        ),
    ),
    (
        UnlistedError("m:x"),
        LookupError,
        "gallery",
        (
            "'m:x' stands in a gallery's listing in the store, but is no model of that gallery; it "
            "was not run, and the gallery was listed anew: build again"
        ),
    ),
    (
        NotACatalogueError("m:x", "a mapping", "int"),
        TypeError,
        "gallery",
        "'m:x' is of type 'int'; a mapping is wanted",
    ),
    (
        NotAModelError("m:x", "of type 'int'"),
        TypeError,
        "reference",
        (
            "'m:x' is of type 'int'; a reference names an nn.Module instance, an nn.Module "
            "subclass, or a function that returns one"
        ),
    ),
    (
        BuildError("m:x", "ValueError: no"),
        RuntimeError,
        "build",
        "building 'm:x' failed: ValueError: no",
    ),
    (
        BuildError("m:x", "it called sys.exit(3)", "importing 'm' for"),
        RuntimeError,
        "build",
        "importing 'm' for 'm:x' failed: it called sys.exit(3)",
    ),
    (InputsError("m:x", "too few", "say more"), ValueError, "inputs", "'m:x': too few; say more"),
    (
        TraceError("m:x", "no", "fc (Linear)", "1×5"),
        RuntimeError,
        "trace",
        "running 'm:x' failed at layer 'fc (Linear)' given 1×5: no",
    ),
    (TraceError("m:x", "no"), RuntimeError, "trace", "running 'm:x' failed: no"),
    (
        TraceError("m:x", "no", "block.matmul", "1×5, 2×3"),
        RuntimeError,
        "trace",
        "running 'm:x' failed at 'block.matmul' given 1×5, 2×3: no",
    ),
    (
        TraceTimeoutError("m:x", 2.50),
        TimeoutError,
        "timeout",
        (
            "'m:x' was not traced within 2.5 s and was stopped; a larger limit is set with "
            "visualtorch_timeout"
        ),
    ),
    (
        TraceTimeoutError("m:x", 60, "layer 'fc'"),
        TimeoutError,
        "timeout",
        (
            "'m:x' was not traced within 60 s and was stopped at layer 'fc'; a larger limit is "
            "set with visualtorch_timeout"
        ),
    ),
    (
        MemoryLimitError("m:x", "ran out of memory", 2.5e9, "its forward"),
        MemoryError,
        "memory",
        (
            "'m:x' ran out of memory in its forward; it may take 2.5 GB, and a larger limit is "
            "set with visualtorch_max_memory"
        ),
    ),
    (
        WorkerError("m:x", "it was ended by SIGSEGV"),
        RuntimeError,
        "worker",
        "tracing 'm:x' ended its process: it was ended by SIGSEGV",
    ),
    (
        WorkerError("m:x", "it ended with exit code 0", "building it"),
        RuntimeError,
        "worker",
        "tracing 'm:x' ended its process while building it: it ended with exit code 0",
    ),
    (
        WorkerError("m:x", "KeyboardInterrupt", "layer 'fc'", alive=True),
        RuntimeError,
        "worker",
        "tracing 'm:x' failed at layer 'fc': KeyboardInterrupt",
    ),
    (
        TorchMissingError("m:x"),
        ImportError,
        "torch",
        (
            "'m:x' has to be traced, but torch is not installed; install the extra "
            "'sphinx-visualtorch[torch]', or commit the store of a build that had torch"
        ),
    ),
    (
        StaleError("m:x", ["m.py", "timm 2, was 1"], "no torch"),
        VisualTorchError,
        "stale",
        "'m:x' is shown as it was before (changed since then: m.py; timm 2, was 1): no torch",
    ),
    (
        StaleError("m", [], "torch is missing", done="listed"),
        VisualTorchError,
        "stale",
        "'m' is listed as it was before: torch is missing",
    ),
    (
        MissingError("m:x", "torch is missing"),
        LookupError,
        "missing",
        "the store has no graph of 'm:x': torch is missing",
    ),
    (
        MissingError("m", "torch is missing", "m.json is broken", kind="listing"),
        LookupError,
        "missing",
        "the store has no listing of 'm' (m.json is broken): torch is missing",
    ),
    (
        DocsError("docs/conf.py, line 3", "ValueError: no"),
        RuntimeError,
        "docs",
        "docs/conf.py, line 3: ValueError: no",
    ),
    (
        PdfMissingError(),
        ImportError,
        "pdf",
        (
            "a PDF is painted by reportlab, which is not installed; install the extra "
            "'sphinx-visualtorch[pdf]', or write SVG or PNG"
        ),
    ),
    (
        OptionError("opacity", 300, "a number to 255"),
        ValueError,
        "option",
        "option 'opacity' cannot be 300: a number to 255",
    ),
    (
        UnknownOptionError("pading", "graph", ["padding", "depth"]),
        TypeError,
        "option",
        "style 'graph' has no option 'pading'; did you mean 'padding'? (allowed: depth, padding)",
    ),
    (GraphError("no nodes"), ValueError, "graph", "no nodes"),
    (StoreError("no room"), OSError, "store", "no room"),
    (ReportedError("trace", "as it was said"), VisualTorchError, "trace", "as it was said"),
]
IDS = [f"{type(error).__name__}-{index}" for index, (error, *_) in enumerate(CASES)]


@pytest.mark.parametrize(("error", "builtin", "stage", "message"), CASES, ids=IDS)
def test_message_stage_and_built_in(
    error: VisualTorchError, builtin: type[Exception], stage: str, message: str
) -> None:
    assert isinstance(error, VisualTorchError)
    assert isinstance(error, builtin)
    assert error.stage == stage
    assert str(error) == message


@pytest.mark.parametrize("error", [case[0] for case in CASES], ids=IDS)
@pytest.mark.parametrize("again", [lambda error: pickle.loads(pickle.dumps(error)), copy.copy])
def test_errors_travel_with_their_values(error: VisualTorchError, again) -> None:
    """As between the processes of a pool, which break over errors that cannot be pickled."""
    other = again(error)
    assert type(other) is type(error)
    assert (str(other), other.stage, vars(other)) == (str(error), error.stage, vars(error))


def test_all_classes_are_tried_and_public() -> None:
    tried = {type(case[0]).__name__ for case in CASES}
    others = {"VisualTorchError", "near", "printable", "several", "shortened"}
    assert set(errors.__all__) == tried | others


def test_what_an_author_says_can_be_printed_and_written() -> None:
    assert errors.printable("a\nb\tµ × 3") == "a\nb\tµ × 3"
    assert errors.printable("\udcff \x1b[31m \0") == r"\udcff \x1b[31m \x00"


def test_several() -> None:
    assert errors.several([]) == ""
    assert errors.several("abcde") == "a; b; c; d; e"
    assert errors.several("abcdefg") == "a; b; c; d; e; and 2 more"


def test_what_the_worker_said_is_one_line() -> None:
    assert str(ReportedError("trace", "a\n   b\r\nc  d\n")) == "a b c  d"


class Unprintable:
    def __repr__(self) -> str:
        raise RuntimeError


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        pytest.param("x" * 10_000, f"'{'x' * 119}…", id="long"),
        pytest.param(10**10_000, "<int>", id="huge"),
        (Unprintable(), "<Unprintable>"),
        pytest.param([[1] * 500], f"[[{'1, ' * 39}1…", id="nested"),
    ],
)
def test_a_message_quotes_whatever_the_author_gave(value: object, shown: str) -> None:
    error = OptionError("depth", value, "less")
    assert str(error) == f"option 'depth' cannot be {shown}: less"
    assert error.value is value
    assert len(str(BuildError("m:x" * 1000, "no"))) < 300
    assert len(str(TraceError("m:x", "no", "layer" * 1000, "1×5, " * 1000))) < 400
    assert f"cannot read {shown}: " in str(ReferenceSyntaxError(value, "no", "yes"))


@pytest.mark.parametrize(
    ("name", "found"),
    [
        ("Resnet", ["resnet", "resnet2"]),
        ("RESNET", ["resnet", "resnet2"]),
        ("resnet2", ["resnet2", "resnet"]),
        ("vgg", ["VGG"]),
        ("lenet", ["resnet", "resnet2"]),
        ("unheard", []),
        ("", []),
    ],
)
def test_near_names(name: str, found: list[str]) -> None:
    assert near(name, ["resnet", "VGG", "transformer", "resnet2"]) == found


def test_near_names_are_few() -> None:
    names = [f"layer{index}" for index in range(20)]
    assert len(near("layer", names)) == 3
    assert len(near("layer", names, limit=1)) == 1
