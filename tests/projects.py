"""Docs projects in temporary directories, built as an author builds them: by ``sphinx-build``."""

from __future__ import annotations

import itertools
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import sphinx_visualtorch
from sphinx_visualtorch.gallery.kept import Listings
from sphinx_visualtorch.graph import ArchitectureGraph, Edge, Node, Scope, TensorSpec
from sphinx_visualtorch.source import Made, source_digest
from sphinx_visualtorch.store import Store

if TYPE_CHECKING:
    from sphinx_visualtorch.listing import Catalogue, Listing
    from sphinx_visualtorch.reference import Reference

PACKAGE = Path(sphinx_visualtorch.__file__).resolve().parents[1]
TESTS = Path(__file__).resolve().parent

Run = Callable[..., tuple[int, str, str]]
"""The command line: words to exit code, standard output and standard error."""

CONF = f"""
import os
import sys
from pathlib import Path
sys.path[:0] = [str(Path(__file__).parent), {str(TESTS)!r}]
project = "models"
extensions = ["sphinx_visualtorch", "myst_parser"]
html_theme = "basic"
numfig = True
show_warning_types = True
"""

# what a build has imported in the end, for those who have to keep out of it, and the kilobytes of
# the largest process that it has started and waited for, which are none if there was none
REPORT = """
def setup(app):
    def report(app, _error):
        import resource
        Path(f"{app.outdir}.modules").write_text("\\n".join(sorted(sys.modules)))
        largest = resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss
        Path(f"{app.outdir}.largest").write_text(str(largest))
    app.connect("build-finished", report)
    def note(app, _docname, _text):
        with open(f"{app.outdir}.readers", "a") as file:
            file.write(f"{os.getpid()}\\n")
    app.connect("source-read", note)
"""

# a module of that name that is found before the real one
NO_TORCH = 'raise ModuleNotFoundError("No module named \'torch\'", name="torch")\n'


@dataclass(frozen=True)
class Built:
    """What one run of ``sphinx-build`` left."""

    code: int
    printed: str
    warnings: str
    out: Path

    def page(self, name: str) -> str:
        return self.out.joinpath(name).read_text(encoding="utf-8")

    def figures(self, name: str) -> list[str]:
        return re.findall(r"<figure.*?</figure>", self.page(name), flags=re.DOTALL)

    def imported(self, module: str) -> bool:
        return module in self._report("modules")

    @property
    def started(self) -> bool:
        """Whether it has started any process."""
        return self._report("largest") != ["0"]

    @property
    def readers(self) -> int:
        """In how many processes documents have been read, all builds into one place together."""
        return len(set(self._report("readers")))

    def _report(self, name: str) -> list[str]:
        return self.out.with_suffix(f".{name}").read_text(encoding="utf-8").split()

    @property
    def lines(self) -> list[str]:
        """The warnings, one a line."""
        return [line for line in self.warnings.splitlines() if "WARNING" in line or "ERROR" in line]


class Project:
    """A docs project."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.write("conf.py", CONF + REPORT)

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        return path

    def configure(self, lines: str) -> None:
        self.write("conf.py", CONF + lines + REPORT)

    def command(self, *arguments: str, builder: str = "html") -> list[str]:
        # one set of doctrees for all, but for gettext, to which Sphinx refuses them
        doctrees = "_build/gettext-doctrees" if builder == "gettext" else "_build/doctrees"
        places = ["-b", builder, "-d", doctrees, ".", f"_build/{builder}"]
        return [sys.executable, "-m", "sphinx", *arguments, *places]

    @property
    def environment(self) -> dict[str, str]:
        return {**os.environ, "PYTHONPATH": str(PACKAGE), "NO_COLOR": "1", "PYTHONUTF8": "1"}

    def build(self, *arguments: str, builder: str = "html") -> Built:
        done = subprocess.run(
            self.command(*arguments, builder=builder),
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            encoding="utf-8",
            check=False,
            timeout=300,
        )
        out = self.root / "_build" / builder
        return Built(done.returncode, done.stdout, done.stderr, out)

    def store(self) -> list[Path]:
        return sorted(self.root.glob("_visualtorch/*"))

    def keep_listing(self, catalogue: Catalogue, listing: Listing, *sources: str) -> None:
        """Fill the store as if a gallery's models had been listed."""
        digests = {str(self.root / name): source_digest(self.root / name) for name in sources}
        listings = Listings(Store(self.root / "_visualtorch"))
        listings.save(catalogue, listing, Made(sources=digests, versions={"torch": "2.13.0"}))

    def keep(self, reference: Reference, graph: ArchitectureGraph, *sources: str) -> None:
        """Fill the store as if the model had been traced."""
        paths = [self.root / name for name in sources]
        digests = {str(path): source_digest(path) for path in paths}
        made = Made(sources=digests, versions={"torch": "2.13.0"})
        Store(self.root / "_visualtorch").save(reference, graph, made)


def chain(width: int = 8) -> ArchitectureGraph:
    """Return the graph of two dense layers with a ReLU between them."""
    spec = TensorSpec(shape=(1, width))
    module = {"op": "module", "inputs": (spec,), "outputs": (spec,), "calls": 1}
    linear = {"kind": "Linear", "role": "linear", "target": "torch.nn.Linear", "parameters": 72}
    relu = {"kind": "ReLU", "role": "activation", "target": "torch.nn.ReLU"}
    own = {"kind": "Dense", "target": "models.Dense"}
    names = ["input", "first", "relu", "second"]
    return ArchitectureGraph(
        name="Net",
        scopes=(Scope(id="", path="", name="Net", kind="Net", target="models.Net"),),
        nodes=(
            Node(
                id="input",
                op="input",
                path="input",
                name="input",
                kind="input",
                role="input",
                outputs=(spec,),
            ),
            Node(id="first", path="first", name="first", **module, **linear | own),
            Node(id="relu", path="relu", name="relu", **module, **relu),
            Node(id="second", path="second", name="second", **module, **linear),
        ),
        edges=tuple(
            Edge(source=source, target=target, tensors=(spec,))
            for source, target in itertools.pairwise(names)
        ),
        outputs=("second",),
        parameters=144,
    )
