"""What a model is run on if nobody says it."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor, nn

from sphinx_visualtorch.errors import InputsError
from sphinx_visualtorch.tracing.ladder import Subject, climb

pytestmark = [
    pytest.mark.torch,
    pytest.mark.filterwarnings("ignore:enable_nested_tensor:UserWarning"),
]


def said(*layers: nn.Module) -> str:
    """Return what is said about the inputs of a model, which must trace."""
    model = layers[0] if len(layers) == 1 else nn.Sequential(*layers)
    subject = Subject(name="it", make=lambda _device: model, inputs=None)
    tracing = climb(subject, float("inf"), lambda _text: None)
    assert [node.role for node in tracing.graph.nodes].count("input") >= 1
    return tracing.inputs


@pytest.mark.parametrize(
    ("layer", "words"),
    [
        (nn.Conv1d(4, 8, 3), "float32 1×4×128"),
        (nn.Conv1d(1, 8, 3), "float32 1×1×16000"),
        (nn.Conv2d(3, 8, 3), "float32 1×3×224×224"),
        (nn.Conv2d(1, 8, 3), "float32 1×1×28×28"),
        (nn.Conv3d(3, 8, 3), "float32 1×3×16×112×112"),
        (nn.ConvTranspose2d(12, 8, 3), "float32 1×12×224×224"),
        (nn.Linear(12, 8), "float32 1×12"),
        (nn.Embedding(12, 8), "int64 1×16"),
        (nn.LSTM(12, 8, batch_first=True), "float32 1×16×12"),
        (nn.LSTM(12, 8), "float32 16×1×12"),
        (nn.GRUCell(12, 8), "float32 1×12"),
        (nn.BatchNorm2d(5), "float32 1×5×224×224"),
        (nn.GroupNorm(2, 6), "float32 1×6×224×224"),
        (nn.LayerNorm(6), "float32 1×16×6"),
        (nn.LazyLinear(6), "float32 1×64"),
        (nn.LazyConv2d(6, 3), "float32 1×3×224×224"),
        (nn.Bilinear(3, 4, 5), "float32 1×3 and float32 1×4"),
        (nn.MultiheadAttention(8, 2), "float32 16×1×8, float32 16×1×8 and float32 16×1×8"),
    ],
    ids=lambda value: type(value).__name__,
)
def test_first_layers(layer: nn.Module, words: str) -> None:
    assert said(layer) == f"{words}, guessed from {type(layer).__name__}"


def test_sizes_are_tried_until_one_fits() -> None:
    def convolutions() -> list[nn.Module]:
        return [nn.Conv2d(3, 4, 5), nn.MaxPool2d(2), nn.Conv2d(4, 4, 5), nn.MaxPool2d(2)]

    flat = nn.Sequential(*convolutions(), nn.Flatten(), nn.Linear(4 * 5 * 5, 2))
    assert said(flat) == "float32 1×3×32×32, guessed from '0' (Conv2d)"
    flat = nn.Sequential(*convolutions(), nn.Flatten(), nn.Linear(4 * 53 * 53, 2))
    assert said(flat).startswith("float32 1×3×224×224")
    assert said(nn.Linear(784, 4)).startswith("float32 1×784")


@pytest.mark.parametrize("side", [41, 105, 331])
def test_unusual_sizes_are_found_by_halving(side: int) -> None:
    runs: list[int] = []

    class Model(nn.Sequential):
        def forward(self, one: Tensor, other: Tensor) -> Tensor:
            runs.append(one.shape[-1])
            return super().forward(one) - super().forward(other)

    model = Model(nn.Conv2d(3, 4, 5), nn.Flatten(), nn.Linear(4 * (side - 4) ** 2, 2))
    pair = f"float32 1×3×{side}×{side}"
    assert said(model) == f"{pair} and {pair}, guessed from '0' (Conv2d)"
    assert len(runs) < 15


def test_unusual_sizes_are_found_for_a_real_run() -> None:
    class Model(nn.Sequential):
        def forward(self, x: Tensor) -> Tensor:
            x = super().forward(x)
            return x if x.sum() > 0 else -x

    model = Model(nn.Conv2d(3, 4, 5), nn.Flatten(), nn.Linear(4 * 101 * 101, 2))
    assert said(model) == "float32 1×3×105×105, guessed from '0' (Conv2d)"


def test_attributes_tell_sizes() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 68 * 68, 2))
    model.img_size = 70
    assert said(model).startswith("float32 1×3×70×70")
    model.img_size = None
    model.config = {"vision_config": {"image_size": [70, 70]}}
    assert said(model).startswith("float32 1×3×70×70")


def test_attributes_tell_sizes_that_are_no_squares() -> None:
    model = nn.Sequential(nn.Conv2d(3, 4, 3), nn.Flatten(), nn.Linear(4 * 38 * 58, 2))
    model.in_size = (40, 60)
    assert said(model).startswith("float32 1×3×40×60")
    model = nn.Sequential(nn.Conv3d(1, 4, 3), nn.Flatten(), nn.Linear(4 * 10 * 14 * 18, 2))
    model.img_size = [12, 16, 20]
    assert said(model).startswith("float32 1×1×12×16×20")


class Positions(nn.Module):
    """Adds what it has learned for each of 26 places."""

    def __init__(self, first: nn.Module) -> None:
        super().__init__()
        self.first = first
        self.pos = nn.Parameter(torch.zeros(1, 26, 8))
        self.start = nn.Parameter(torch.zeros(1, 1, 8))


class Patches(Positions):
    """Looks at patches of images."""

    def forward(self, x: Tensor) -> Tensor:
        x = self.first(x).flatten(2).transpose(1, 2)
        return torch.cat([self.start, x], 1) + self.pos


class Steps(Positions):
    """Looks at steps."""

    def forward(self, x: Tensor) -> Tensor:
        return self.first(x) + self.pos


def test_learned_positions_tell_sizes() -> None:
    assert (
        said(Patches(nn.Conv2d(3, 8, 7, 7))) == "float32 1×3×35×35, guessed from 'first' (Conv2d)"
    )
    assert said(Steps(nn.Embedding(5, 8))) == "int64 1×26, guessed from 'first' (Embedding)"
    assert said(Steps(nn.Linear(5, 8))) == "float32 1×26×5, guessed from 'first' (Linear)"


def test_learned_distances_tell_nothing() -> None:
    model = nn.Sequential(nn.Conv2d(3, 8, 4, 4))
    model.relative_position_bias_table = nn.Parameter(torch.zeros(169, 2))
    assert said(model).startswith("float32 1×3×224×224")


def test_flat_images() -> None:
    class Flat(nn.Sequential):
        def forward(self, x: Tensor) -> Tensor:
            _batch, channels, height, width = x.shape
            return super().forward(x.view(-1, channels * height * width))

    assert said(Flat(nn.Linear(784, 5))) == "float32 1×1×28×28, guessed from '0' (Linear)"
    assert said(Flat(nn.Linear(3072, 5))) == "float32 1×3×32×32, guessed from '0' (Linear)"


class Several(nn.Module):
    """Has a branch for pictures and one for text."""

    def __init__(self) -> None:
        super().__init__()
        self.text_encoder = nn.Sequential(nn.Embedding(9, 8), nn.Linear(8, 8))
        self.image_encoder = nn.Sequential(nn.Conv2d(3, 8, 3), nn.AdaptiveAvgPool2d(1))
        self.table = nn.Linear(5, 8)

    def picture(self, image: Tensor) -> Tensor:
        return self.image_encoder(image).flatten(1)

    def words(self, text: Tensor) -> Tensor:
        return self.text_encoder(text).mean(1)


BOTH = "float32 1×3×224×224 and int64 1×16"


def test_several_inputs_by_their_names() -> None:
    class Named(Several):
        def forward(self, image: Tensor, text: Tensor, scale: float, flag: bool) -> Tensor:
            assert flag is False
            return self.picture(image) + self.words(text) * scale

    layers = "guessed from 'image_encoder.0' (Conv2d) and 'text_encoder.0' (Embedding)"
    assert said(Named()) == f"{BOTH}, {layers}"

    class Keywords(Several):
        def forward(self, *, pixel_values: Tensor, token_ids: Tensor) -> Tensor:
            return self.picture(pixel_values) + self.words(token_ids)

    wanted = "pixel_values: float32 1×3×224×224 and token_ids: int64 1×16"
    assert said(Keywords()).startswith(wanted)


def test_several_inputs_by_their_order() -> None:
    class Ordered(Several):
        def forward(self, a: Tensor, b: Tensor, c: Tensor) -> Tensor:
            return self.words(a) + self.picture(b) + self.table(c)

    assert said(Ordered()).startswith("int64 1×16, float32 1×3×224×224 and float32 1×5, guessed")

    class Pair(Several):
        def forward(self, one: Tensor, other: Tensor) -> Tensor:
            return self.picture(one) - self.picture(other)

    assert said(Pair()).startswith("float32 1×3×224×224 and float32 1×3×224×224, guessed")


def test_what_is_optional_is_given_where_nothing_else_is() -> None:
    class Either(Several):
        def forward(
            self,
            text: Tensor | None = None,
            mask: Tensor | None = None,
            pixel_values: Tensor | None = None,
        ) -> Tensor:
            if text is None or pixel_values is None:
                message = "give me both"
                raise ValueError(message)
            return self.picture(pixel_values) + self.words(text)

    wanted = "text: int64 1×16 and pixel_values: float32 1×3×224×224, guessed"
    assert said(Either()).startswith(wanted)

    class Counted(nn.Linear):
        def forward(self, n: int = 4) -> Tensor:  # type: ignore[override]
            return super().forward(torch.randn(n, 8))

    subject = Subject(name="it", make=lambda _device: Counted(8, 2), inputs=None)
    tracing = climb(subject, float("inf"), lambda _text: None)
    assert tracing.inputs == ""
    assert tracing.graph.nodes[-1].outputs[0].shape == (4, 2)


def test_masks_lengths_times_graphs_and_lists() -> None:
    class Masked(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.embed = nn.Embedding(9, 8)
            self.lstm = nn.LSTM(8, 8, batch_first=True)

        def forward(self, x: Tensor, mask: Tensor, lengths: Tensor, timestep: Tensor) -> Tensor:
            x = self.embed(x).masked_fill(mask[..., None], 0.0) + timestep[:, None, None]
            packed = nn.utils.rnn.pack_padded_sequence(x, lengths, batch_first=True)
            return self.lstm(packed)[1][0]

    assert said(Masked()).startswith("int64 1×16, bool 1×16, int64 1 and int64 1, guessed")

    class OnGraph(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(5, 8)

        def forward(self, x: Tensor, edge_index: Tensor) -> Tensor:
            x = self.fc(x)
            return torch.zeros_like(x).index_add(0, edge_index[0], x[edge_index[1]])

    assert said(OnGraph()) == "float32 16×5 and int64 2×32, guessed from 'fc' (Linear)"

    class Detector(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 8, 3)

        def forward(self, images: list[Tensor]) -> Tensor:
            return self.conv(torch.stack(images))

    assert said(Detector()) == "float32 3×224×224, guessed from 'conv' (Conv2d)"


def test_a_value_that_is_read_needs_a_real_run() -> None:
    class Reads(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv2d(3, 4, 3)
            self.fc = nn.Linear(4 * 30 * 30, 2)

        def forward(self, x: Tensor) -> Tensor:
            x = self.fc(self.conv(x).flatten(1))
            return x if x.sum() > 0 else -x

    assert said(Reads()) == "float32 1×3×32×32, guessed from 'conv' (Conv2d)"


def test_what_is_said_when_no_guess_fits() -> None:
    class Picky(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(4, 4)

        def forward(self, x: Tensor, other: Tensor) -> Tensor:
            self.fc(x)
            message = "not these."
            raise ValueError(message)

    with pytest.raises(InputsError) as caught:
        said(Picky())
    assert str(caught.value) == (
        "'it': no inputs are given, and it cannot be run on float32 1×4 and float32 1×4, guessed "
        "from 'fc' (Linear): running 'it' failed at 'Picky' given 1×4, 1×4: ValueError: not these; "
        "say what its forward takes as 'x' and 'other': with :input-shape: (as 1, 4; 1, 4) and "
        ":input-dtype:, or with :inputs: and the name of a function that returns it (in Python, "
        "input_shape=, or args= and kwargs=)"
    )
    assert [node.id for node in caught.value.partial.nodes][:3] == ["x", "other", "fc"]
    with pytest.raises(InputsError, match="its forward needs 'input' and no inputs are given"):
        said(nn.ReLU())


def test_patches_of_images() -> None:
    class Patches(nn.Module):
        def __init__(self, first: nn.Module, places: int) -> None:
            super().__init__()
            self.other = nn.Conv2d(32, 4, 3)
            self.first = first
            self.pos_embedding = nn.Parameter(torch.zeros(places, 8))

        def forward(self, img: Tensor) -> Tensor:
            n, channels, height, width = img.shape
            x = img.reshape(n, channels, height // 4, 4, width // 4, 4).permute(0, 2, 4, 3, 5, 1)
            return self.first(x.flatten(3).flatten(1, 2)) + self.pos_embedding

    assert said(Patches(nn.Linear(48, 8), 49)) == (
        "float32 1×3×28×28, guessed from 'first' (Linear)"
    )

    class Shuffled(nn.Sequential):
        def forward(self, x: Tensor) -> Tensor:
            return super().forward(nn.functional.pixel_unshuffle(x, 4))

    words = "float32 1×3×224×224, guessed from '0' (Conv2d)"
    assert said(Shuffled(nn.Conv2d(48, 8, 1), nn.LayerNorm((8, 56, 56)))) == words


def test_the_first_layer_may_be_registered_last() -> None:
    class Late(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.head = nn.Linear(16, 2)
            self.body = nn.Linear(12, 16)
            self.project_in = nn.Linear(5, 12)

        def forward(self, x: Tensor) -> Tensor:
            return self.head(self.body(self.project_in(x)))

    assert said(Late()) == "float32 1×5, guessed from 'project_in' (Linear)"


def test_a_batch_of_data_graphs() -> None:
    class Pooled(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.fc = nn.Linear(5, 8)

        def forward(self, x: Tensor, edge_index: Tensor, batch: Tensor) -> Tensor:
            x = self.fc(x).index_add(0, edge_index[0], self.fc(x)[edge_index[1]])
            return torch.zeros(1, 8).index_add(0, batch, x)

    assert said(Pooled()).startswith("float32 16×5, int64 2×32 and int64 16, guessed")

    class Plain(nn.Linear):
        def forward(self, batch: Tensor) -> Tensor:
            return super().forward(batch)

    assert said(Plain(5, 2)) == "float32 1×5, guessed from Plain"


def test_sounds_and_videos() -> None:
    class Sound(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.conv = nn.Conv1d(1, 8, 16, 16)

        def forward(self, input_values: Tensor) -> Tensor:
            batch, steps = input_values.shape
            return self.conv(input_values.reshape(batch, 1, steps))

    assert said(Sound()) == "float32 1×16000, guessed from 'conv' (Conv1d)"

    class Video(nn.Module):
        def __init__(self, conv: nn.Module) -> None:
            super().__init__()
            self.conv = conv
            self.num_frames = 4

    class Frames(Video):
        def forward(self, x: Tensor) -> Tensor:
            batch, frames, channels, height, width = x.shape
            return self.conv(x.reshape(batch * frames, channels, height, width))

    assert said(Frames(nn.Conv2d(3, 8, 3))).startswith("float32 1×4×3×224×224")

    class Turned(Video):
        def forward(self, x: Tensor) -> Tensor:
            return self.conv(x.permute(0, 2, 1, 3, 4))

    assert said(Turned(nn.Conv3d(3, 8, 3))).startswith("float32 1×4×3×224×224")


def test_a_model_that_speaks_of_what_is_inside() -> None:
    class Codes(nn.Module):
        """Notes how many codes it has, as the VQ-VAE of a library does."""

        def __init__(self) -> None:
            super().__init__()
            self.num_embeddings = 12
            self.encoder = nn.Conv2d(3, 4, 3)

        def forward(self, images: Tensor) -> Tensor:
            made: Tensor = self.encoder(images)
            return made

    class Text(nn.Module):
        """Notes width and heads, as many do that somebody writes at home."""

        def __init__(self) -> None:
            super().__init__()
            self.embed_dim, self.num_heads = 8, 2
            self.words = nn.Embedding(12, 8)

        def forward(self, x: Tensor) -> Tensor:
            made: Tensor = self.words(x)
            return made

    assert said(Codes()) == "float32 1×3×224×224, guessed from 'encoder' (Conv2d)"
    assert said(Text()) == "int64 1×16, guessed from 'words' (Embedding)"


def test_what_is_said_when_nothing_could_be_guessed() -> None:
    """And the model can be called with nothing, as far as its forward tells."""

    class Any(nn.Module):
        def forward(self, *inputs: Tensor) -> Tensor:
            return inputs[0] * 2

    with pytest.raises(InputsError) as caught:
        said(Any())
    assert str(caught.value).startswith(
        "'it': no inputs are given, and without any: running 'it' failed at 'Any': IndexError: "
    )
    assert "say what its forward takes as 'inputs': with :input-shape:" in str(caught.value)


def test_a_picture_and_a_text_that_are_both_optional() -> None:
    class Towers(nn.Module):
        """As CLIP: with one of them alone the other half would not be drawn."""

        def __init__(self, *, strict: bool) -> None:
            super().__init__()
            self.see, self.read = nn.Conv2d(3, 4, 3), nn.Embedding(12, 4)
            self.strict = strict

        def forward(self, image: Tensor | None = None, text: Tensor | None = None) -> Tensor | None:
            if self.strict and text is not None:
                raise ValueError
            seen = None if image is None else self.see(image).mean((2, 3))
            return seen if text is None else self.read(text).mean(1) @ seen.T

    both = said(Towers(strict=False))
    assert both == (
        "image: float32 1×3×224×224 and text: int64 1×16, guessed from 'see' (Conv2d) and 'read' "
        "(Embedding)"
    )
    assert said(Towers(strict=True)).startswith("image: float32 1×3×224×224, guessed")
