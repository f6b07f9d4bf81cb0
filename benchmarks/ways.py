"""The three ways to bring a model's architecture into a page: what their projects consist of."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PIL import Image, ImageDraw

if TYPE_CHECKING:
    from models import Model

__all__ = ["WAYS", "figures", "write_project"]

WAYS = {
    "floor": "a plain figure of a PNG that exists",
    "peer": "matplotlib's plot directive running visualtorch 1.4.1",
    "ours": "sphinx_visualtorch",
}

EXTENSIONS = {
    "floor": [],
    "peer": ["matplotlib.sphinxext.plot_directive"],
    "ours": ["sphinx_visualtorch"],
}

DOCS = Path(__file__).resolve().parents[1] / "example_docs"


def figure(model: Model, number: int) -> str:
    """Return a plain figure."""
    return f".. figure:: model{number}.png\n\n   {model.name}.\n"


def plot(model: Model, number: int) -> str:
    """Return a plot that draws the model as its users do today, with every default."""
    del number
    module, _, name = model.target.partition(":")
    call = ", ".join(text for text in (model.args, model.kwargs) if text)
    shapes = ", ".join(f"({part.strip()})" for part in model.shape.split(";"))
    options = {
        "input_shape": f"({shapes})" if ";" in model.shape else shapes,
        "style": repr("flow" if model.style == "layered" else model.style),
    }
    if model.dtype:
        kinds = ", ".join([f"torch.{model.dtype}"] * len(model.shape.split(";")))
        options["input_dtype"] = f"({kinds})" if ";" in model.shape else kinds
    given = ", ".join(f"{key}={value}" for key, value in options.items())
    lines = (
        "import torch",
        "import visualtorch",
        "from matplotlib import pyplot",
        f"from architectures.{module} import {name}",
        f"image = visualtorch.render({name}({call}), {given})",
        "pyplot.imshow(image)",
        'pyplot.axis("off")',
    )
    body = "".join(f"   {line}\n" for line in lines)
    return f".. plot::\n   :caption: {model.name}.\n\n{body}"


def ours(model: Model, number: int) -> str:
    """Return our directive with every default but the style."""
    del number
    options = {
        "args": model.args,
        "kwargs": model.kwargs,
        "input-shape": model.shape,
        "input-dtype": model.dtype,
        "style": model.style,
    }
    fields = "".join(f"   :{key}: {value}\n" for key, value in options.items() if value)
    return f".. visualtorch:: architectures.{model.target}\n{fields}\n   {model.name}.\n"


def picture(path: Path) -> None:
    """Paint a picture of the size that a figure of ours has on a dense screen."""
    image = Image.new("RGB", (1440, 600), "white")
    pen = ImageDraw.Draw(image)
    for x in range(40, 1400, 120):
        pen.rectangle((x, 200, x + 80, 400), fill="orange", outline="black", width=2)
    image.save(path)


def write_project(folder: Path, way: str, models: tuple[Model, ...]) -> None:
    """Write a project with one page a model, the same but for the figure."""
    folder.mkdir(parents=True)
    conf = f"import sys\nsys.path.insert(0, {str(DOCS)!r})\nextensions = {EXTENSIONS[way]!r}\n"
    (folder / "conf.py").write_text(conf, encoding="utf-8")
    pages = "".join(f"   page{number}\n" for number in range(len(models)))
    index = f"Twenty models\n=============\n\n.. toctree::\n\n{pages}"
    (folder / "index.rst").write_text(index, encoding="utf-8")
    write = {"floor": figure, "peer": plot, "ours": ours}[way]
    for number, model in enumerate(models):
        title = f"{model.name}\n{'=' * len(model.name)}\n\n"
        text = title + write(model, number) + "\nSome words about it.\n"
        (folder / f"page{number}.rst").write_text(text, encoding="utf-8")
        if way == "floor":
            picture(folder / f"model{number}.png")


def figures(way: str, html: Path) -> int:
    """Return how many pages of a built project have their figure."""
    sign = {"floor": "_images/model", "peer": "_images/page", "ours": 'class="vt-figure'}[way]
    pages = (path.read_text(encoding="utf-8") for path in html.glob("page*.html"))
    return sum(sign in text for text in pages)
