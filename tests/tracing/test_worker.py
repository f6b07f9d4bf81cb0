"""The worker: one process, one answer a model, whatever the model does."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from projects import PACKAGE, TESTS

from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.tracing.client import Answer, Crew, Failed, Traced, trace_all

HOSTILE = """
import os, sys, time
from torch import nn

class Good(nn.Linear):
    def __init__(self, width=8):
        super().__init__(width, 4)

class Prints(Good):
    def forward(self, x):
        print("said aloud")
        print("complained", file=sys.stderr)
        os.system("echo from below")
        return super().forward(x)

class Asks(Good):
    def forward(self, x):
        assert sys.stdin.read() == ""
        return super().forward(x)

class Floods(Good):
    def forward(self, x):
        print("much " * 1_000_000)
        return super().forward(x)

class Sleeps(Good):
    def forward(self, x):
        while True:
            try:
                time.sleep(0.05)
            except BaseException:
                pass

class Dies(Good):
    def forward(self, x):
        import subprocess
        subprocess.Popen([sys.executable, "-c", "import time; time.sleep(600)", "left-behind"])
        os._exit(7)

class DiesQuietly(Good):
    def forward(self, x):
        os._exit(0)

class Crashes(Good):
    def forward(self, x):
        import ctypes
        ctypes.string_at(0)

class Exits(Good):
    def forward(self, x):
        sys.exit(3)

class Interrupts(Good):
    def forward(self, x):
        raise KeyboardInterrupt

class ClosesAll(Good):
    def forward(self, x):
        os.closerange(3, 100)
        return super().forward(x)

class Forks(Good):
    def forward(self, x):
        os.fork()
        return super().forward(x)

class Scribbles(Good):
    def forward(self, x):
        for number in range(3, 20):
            try:
                os.write(number, b"garbage\\n")
            except OSError:
                pass
        return super().forward(x)

class Speaks(Good):
    def forward(self, x):
        raise ValueError("\\udcff \\x1b[31m")

class Doubles(Good):
    def __init__(self):
        super().__init__()
        import torch
        torch.set_default_dtype(torch.float64)
        os.chdir("/")

class Strict(Good):
    def forward(self, x):
        import warnings
        warnings.simplefilter("error")
        return super().forward(x)

class Warns(Good):
    def forward(self, x):
        import warnings
        warnings.warn("old")
        return super().forward(x)

class Surroundings(Good):
    def forward(self, x):
        import torch
        cuda = os.environ["CUDA_VISIBLE_DEVICES"], torch.cuda.is_initialized()
        threads = os.environ["OMP_NUM_THREADS"], torch.get_num_threads() <= 2
        sphinx = "sphinx" in sys.modules
        raise RuntimeError(f"cwd={os.getcwd()} {cuda=} {threads=} {sphinx=}")

class Killed(nn.Module):
    # as by a kernel that is short of memory
    def __init__(self):
        super().__init__()
        self.first = nn.Linear(8, 4)
        self.second = Deadly()
    def forward(self, x):
        return self.second(self.first(x))

class Deadly(nn.Module):
    def forward(self, x):
        import signal
        os.kill(os.getpid(), signal.SIGKILL)

class BuiltForEver(Good):
    def __init__(self):
        time.sleep(600)

class Grows(Good):
    # real memory, whatever device it is built on
    def __init__(self):
        super().__init__()
        self.kept = [bytearray(50_000_000) for _ in range(24)]

class GrowsLate(Good):
    def forward(self, x):
        import torch
        torch.UntypedStorage(8_000_000_000)  # which no estimate foresees
        return super().forward(x)

class Mute(Exception):
    def __str__(self):
        raise RuntimeError("not even this")

class Raises(Good):
    def forward(self, x):
        raise Mute

class Lengthy(Good):
    def forward(self, x):
        raise ValueError("many:\\n words\\n" * 10_000)

class Leaves(BaseException):
    pass

class IsLeft(Good):
    def forward(self, x):
        raise Leaves("for good")

class Chance(nn.Module):
    # what it looks like hangs on random numbers of all kinds
    def __init__(self):
        super().__init__()
        import random
        import numpy
        import torch
        depth = 1 + random.randrange(9) + int(torch.randint(9, (1,), device="cpu"))
        self.body = nn.Sequential(*(nn.Linear(8, 8) for _ in range(depth)))
        self.head = nn.Linear(8, int(numpy.random.randint(1, 1000)))
    def forward(self, x):
        import random
        for _ in range(random.randrange(1, 50)):
            x = x + 1
        return self.head(self.body(x))
"""


@pytest.fixture
def models(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    path = tmp_path / "hostile.py"
    path.write_text(HOSTILE)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    return path


def ask(*names: str, timeout: float = 60, max_memory: float = 4e9) -> list[Answer]:
    references = [Reference.parse(f"hostile:{name}", input_shape="1, 8") for name in names]
    return list(trace_all(references, timeout=timeout, max_memory=max_memory))


def failed(answer: Answer) -> Failed:
    assert isinstance(answer, Failed)
    return answer


@pytest.mark.torch
def test_batch(models: Path) -> None:
    """Answers come in order; each failure costs its own figure and says what happened."""
    names = "Good Exits Interrupts Dies DiesQuietly Crashes ClosesAll Good"
    answers = ask(*names.split())
    assert [answer.reference.target for answer in answers] == [
        f"hostile:{name}" for name in names.split()
    ]
    good = [answer for answer in answers if answer.reference.target == "hostile:Good"]
    assert all(isinstance(answer, Traced) for answer in good)
    assert len({answer.graph for answer in good if isinstance(answer, Traced)}) == 1
    exits, interrupts, dies, quietly, crashes, closes = (
        failed(answer).error for answer in answers if answer not in good
    )
    assert (dies.stage, quietly.stage, crashes.stage) == ("worker",) * 3
    assert "'hostile:Dies'" in str(dies)
    assert "exit code 7" in str(dies)
    assert "exit code 0" in str(quietly)
    assert "SIGSEGV" in str(crashes)
    assert "Segmentation fault" in failed(answers[5]).log
    assert "it called sys.exit(3)" in str(exits)
    assert "'hostile:Exits'" in str(exits)
    assert str(interrupts) == (
        "tracing 'hostile:Interrupts' failed in its forward: KeyboardInterrupt"
    )
    assert closes.stage == "worker"
    time.sleep(0.2)
    processes = subprocess.run(["ps", "ax"], capture_output=True, text=True, check=True).stdout
    assert "left-behind" not in processes


@pytest.mark.torch
def test_how_far_a_model_had_come(models: Path) -> None:
    """Also where nobody is left to say it."""
    names = ("Killed", "Dies", "BuiltForEver", "Sleeps", "Good")
    killed, dies, built, sleeps, good = ask(*names, timeout=4)
    assert str(failed(killed).error) == (
        "tracing 'hostile:Killed' ended its process at layer 'second': it was killed (SIGKILL), "
        "perhaps for want of memory"
    )
    assert str(failed(dies).error) == (
        "tracing 'hostile:Dies' ended its process in its forward: it ended with exit code 7"
    )
    for answer, where in ((built, "while building it"), (sleeps, "in its forward")):
        assert str(failed(answer).error) == (
            f"'{answer.reference}' was not traced within 4 s and was stopped {where}; "
            "a larger limit is set with visualtorch_timeout"
        )
    assert isinstance(good, Traced)


@pytest.mark.torch
@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="has no such limit")
def test_memory(models: Path) -> None:
    """A model that wants more than it may have costs its own figure, in one clear line."""
    grows, late, good = ask("Grows", "GrowsLate", "Good", max_memory=0.5e9)
    assert [failed(answer).error.stage for answer in (grows, late)] == ["memory"] * 2
    end = "; it may take 0.5 GB, and a larger limit is set with visualtorch_max_memory"
    assert str(failed(grows).error) == f"'hostile:Grows' ran out of memory while building it{end}"
    assert str(failed(late).error) == f"'hostile:GrowsLate' ran out of memory in its forward{end}"
    assert "can't allocate memory" in failed(late).log
    assert isinstance(good, Traced)
    (enough,) = ask("Grows", max_memory=2e9)
    assert isinstance(enough, Traced)


@pytest.mark.torch
def test_whatever_is_raised_is_one_line(models: Path) -> None:
    raises, lengthy, left = ask("Raises", "Lengthy", "IsLeft")
    assert str(failed(raises).error).endswith(": Mute")
    assert "many: words many: words" in str(failed(lengthy).error)
    assert len(str(failed(lengthy).error)) < 600
    assert str(failed(left).error) == (
        "running 'hostile:IsLeft' failed at 'IsLeft' given 1×8: Leaves: for good"
    )
    assert all("\n" not in str(failed(answer).error) for answer in (raises, lengthy, left))
    assert "not even this" not in str(failed(raises).error)


@pytest.mark.torch
def test_what_one_model_does_to_warnings_is_undone(models: Path) -> None:
    assert all(isinstance(answer, Traced) for answer in ask("Strict", "Warns"))


@pytest.mark.torch
def test_answers_belong_to_their_questions(models: Path) -> None:
    """A fork of a model's comes back to the worker's loop, too; it must not answer there."""
    names = ["Good", "Forks", "Prints", "Forks", "Floods"]
    answers = ask(*names)
    traced = [answer for answer in answers if isinstance(answer, Traced)]
    assert [answer.graph.name for answer in traced] == names


@pytest.mark.torch
def test_garbage_in_the_pipe_costs_no_more_than_the_time_limit(models: Path) -> None:
    scribbles, good = ask("Scribbles", "Good", timeout=3)
    assert failed(scribbles).error.stage in ("timeout", "worker")
    assert isinstance(good, Traced)


@pytest.mark.torch
def test_what_a_model_says_can_be_written_anywhere(models: Path) -> None:
    (speaks,) = ask("Speaks")
    text = str(failed(speaks).error)
    assert text.encode()
    assert r"\udcff \x1b[31m" in text


@pytest.mark.torch
def test_a_model_leaves_the_process_as_it_was(models: Path) -> None:
    doubles, after, good = ask("Doubles", "Surroundings", "Good")
    alone, usual = ask("Surroundings", "Good")
    assert isinstance(doubles, Traced)
    assert str(failed(after).error) == str(failed(alone).error)
    assert isinstance(good, Traced)
    assert isinstance(usual, Traced)
    assert good.graph == usual.graph


@pytest.mark.torch
def test_timeout(models: Path) -> None:
    sleeps, good = ask("Sleeps", "Good", timeout=6)
    assert failed(sleeps).error.stage == "timeout"
    assert "6 s" in str(failed(sleeps).error)
    assert failed(sleeps).seconds >= 6
    assert isinstance(good, Traced)


@pytest.mark.torch
def test_printing(models: Path, capfd: pytest.CaptureFixture[str]) -> None:
    """What a model prints, by Python or below it, is kept with its own answer."""
    prints, asks, floods, dies = ask("Prints", "Asks", "Floods", "Dies")
    for text in ("said aloud", "complained", "from below"):
        assert text in prints.log
        assert text not in asks.log
    assert isinstance(asks, Traced)
    assert isinstance(floods, Traced)
    assert 1000 < len(floods.log) < 100_000
    assert failed(dies).log == ""
    assert capfd.readouterr() == ("", "")


@pytest.mark.torch
def test_surroundings(models: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("OMP_NUM_THREADS", raising=False)  # what an author sets stays
    surroundings, good = ask("Surroundings", "Good")
    expected = f"cwd={Path.cwd()} cuda=('', False) threads=('2', True) sphinx=False"
    assert expected in str(failed(surroundings).error)
    assert isinstance(good, Traced)
    assert list(good.made.sources) == [str(models.resolve())]
    assert good.made.versions["torch"].replace(".", "").isdecimal()


@pytest.mark.torch
def test_directory(models: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The worker is where its crew was told to be; relative import paths lead where they led."""
    docs, source = tmp_path / "docs", tmp_path / "source"
    for folder in (docs, source):
        folder.mkdir()
    models.rename(source / models.name)
    (docs / "beside.py").write_text("from hostile import Good\n")
    monkeypatch.setattr(sys, "path", ["source", ".", *sys.path[1:]])
    monkeypatch.chdir(tmp_path)
    names = ("hostile:Surroundings", "beside:Good")
    references = [Reference.parse(name, input_shape="1, 8") for name in names]
    surroundings, good = trace_all(references, timeout=60, crew=Crew(docs))
    assert f"cwd={docs} " in str(failed(surroundings).error)
    assert isinstance(good, Traced)


@pytest.mark.torch
def test_order_changes_nothing(models: Path) -> None:
    """Neither the order nor what was traced before, for models that hang on chance, too."""
    pytest.importorskip("numpy")
    one = ask("Good", "Prints", "Asks", "Chance")
    other = ask("Chance", "Asks", "Prints", "Chance", "Good")
    found = [answer.graph.digest for answer in one if isinstance(answer, Traced)]
    again = [answer.graph.digest for answer in other if isinstance(answer, Traced)]
    assert len(found) == len(set(found)) == 4
    assert again == [found[index] for index in (3, 2, 1, 3, 0)]
    sources = {
        tuple(answer.made.sources) for answer in (*one, *other) if isinstance(answer, Traced)
    }
    assert sources == {(str(models.resolve()),)}


@pytest.mark.torch
def test_stopped_half_way(models: Path) -> None:
    """Who stops listening ends the process."""
    answers = trace_all(
        [Reference.parse(f"hostile:{name}", input_shape="1, 8") for name in ("Good", "Sleeps")],
        timeout=600,
    )
    next(iter(answers))
    answers.close()  # type: ignore[attr-defined]
    import multiprocessing

    assert multiprocessing.active_children() == []


SCRIPT = """
# no guard: a spawned process must not run this again
print("begun", flush=True)
from sphinx_visualtorch.reference import Reference
from sphinx_visualtorch.tracing.client import trace_all
import os
for answer in trace_all([Reference.parse(f"hostile:{name}", input_shape="1, 8")
                         for name in ("Good", "Sleeps")], timeout=600):
    print(type(answer).__name__, flush=True)
"""


def children(parent: int) -> list[int]:
    listed = subprocess.run(
        ["ps", "-o", "pid=", "--ppid", str(parent)], capture_output=True, text=True, check=False
    )
    return [int(line) for line in listed.stdout.split()]


def alive(pid: int) -> bool:
    listed = subprocess.run(
        ["ps", "-o", "stat=", "-p", str(pid)], capture_output=True, text=True, check=False
    )
    return listed.stdout.strip()[:1] not in ("", "Z")


@pytest.mark.torch
@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGKILL])
def test_ends_with_its_parent(models: Path, sign: signal.Signals) -> None:
    """However a build ends, the worker ends with it, also in the middle of a model."""
    path = os.pathsep.join([str(models.parent), str(PACKAGE)])
    with subprocess.Popen(
        [sys.executable, str(script(models))],
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
        env={**os.environ, "PYTHONPATH": path},
    ) as build:  # fmt: skip
        assert build.stdout is not None
        assert [build.stdout.readline().strip() for _ in range(2)] == ["begun", "Traced"]
        time.sleep(0.3)
        started = children(build.pid)
        assert started
        build.send_signal(sign)
        try:
            build.wait(60)
        finally:
            build.kill()  # a build that goes on would hold up all other tests
    deadline = time.monotonic() + 60
    while any(map(alive, started)) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert not any(map(alive, started))


def script(models: Path) -> Path:
    path = models.with_name("build_docs.py")
    path.write_text(SCRIPT)
    return path


def test_without_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where torch is not installed each model is answered with how to get it."""
    from projects import NO_TORCH

    tmp_path.joinpath("torch.py").write_text(NO_TORCH)
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    answers = ask("Good", "Good")
    assert [failed(answer).error.stage for answer in answers] == ["torch", "torch"]
    assert "torch is not installed" in str(failed(answers[0]).error)
    assert "sphinx-visualtorch[torch]" in str(failed(answers[0]).error)


def test_broken_torch(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tmp_path.joinpath("torch.py").write_text("raise OSError('libtorch.so is missing')\n")
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    (answer,) = ask("Good")
    assert failed(answer).error.stage == "torch"
    assert "libtorch.so is missing" in str(failed(answer).error)


def test_cannot_start(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A process that ends while it starts is not started again for each model."""
    marks = tmp_path / "marks"
    tmp_path.joinpath("torch.py").write_text(
        f"import os\nopen({str(marks)!r}, 'a').write('x')\nprint('no', flush=True)\nos._exit(9)\n"
    )
    monkeypatch.setattr(sys, "path", [str(tmp_path), *sys.path])
    answers = ask("Good", "Good", "Good")
    assert [failed(answer).error.stage for answer in answers] == ["torch"] * 3
    problem = "its process cannot be started: it ended with exit code 9, no"
    (said,) = {str(failed(answer).error) for answer in answers}
    assert said.startswith(f"'hostile:Good' has to be traced, but {problem}; install ")
    assert marks.read_text() == "x"


def test_nothing_to_do() -> None:
    assert list(trace_all([], timeout=1)) == []


def test_client_imports_no_torch() -> None:
    code = (
        "import sys\nimport sphinx_visualtorch.tracing.client\n"
        "assert 'torch' not in sys.modules and 'sphinx' not in sys.modules\n"
    )
    path = os.pathsep.join([str(PACKAGE), str(TESTS)])
    subprocess.run([sys.executable, "-c", code], check=True, env={**os.environ, "PYTHONPATH": path})
