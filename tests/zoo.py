"""A zoo of tiny models: one per question that tracing and drawing must answer.

Every model says its question in one line. Nothing here is useful as a network. Importing this
module is safe; some of the models are not, and those stand under "Hostile" and appear in no table.

Tables:
    MODELS: name to reference, shapes of the inputs (``;`` between several) and, where they are not
        all float, their dtypes. These must trace well.
    BY_FUNCTION: name to reference and to the reference of the function that returns its inputs,
        which no line of shapes could say. These must trace well, too.
    REAL_ONLY: the names among them that cannot run on the meta device.
    FAILING: name to reference and shapes of the models that must fail with a message.
"""

import contextlib
import os
import sys
import time
from dataclasses import dataclass
from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

# --- Shape of the graph ---------------------------------------------------------------------------


class Chain(nn.Module):
    """Does a plain chain of layers come out as a chain?"""

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3, padding=1)
        self.relu = nn.ReLU()
        self.pool = nn.MaxPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        """Return pooled features."""
        x = self.conv(x)
        x = self.relu(x)
        x = self.pool(x)
        return x


class Branch(nn.Module):
    """Do two layers that read one tensor both hang on it?"""

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        self.stem = nn.Linear(8, 8)
        self.left = nn.Linear(8, 8)
        self.right = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        """Return the product of the branches."""
        x = self.stem(x)
        x = self.left(x) * self.right(x)
        return x


class Residual(nn.Module):
    """Is the skip around a layer an edge of its own into the addition?"""

    def __init__(self) -> None:
        """Build the layer."""
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        """Return the input plus its features."""
        x = x + self.fc(x)
        return x


class Concat(nn.Module):
    """Does a concatenation take all tensors of its list?"""

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        self.left = nn.Linear(8, 4)
        self.right = nn.Linear(8, 12)

    def forward(self, x: Tensor) -> Tensor:
        """Return the input and both features side by side."""
        return torch.cat([self.left(x), x, self.right(x)], dim=1)


class Split(nn.Module):
    """Do the pieces of one tensor stay apart?"""

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        self.left = nn.Linear(4, 4)
        self.right = nn.Linear(4, 4)

    def forward(self, x: Tensor) -> Tensor:
        """Return the sum of what the layers make of the two halves."""
        first, second = x.chunk(2, dim=1)
        x = self.left(first) + self.right(second)
        return x


class DeadEnd(nn.Module):
    """What becomes of a layer whose result nobody reads?"""

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        self.fc = nn.Linear(8, 8)
        self.probe = nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Return the features and forget the probe."""
        x = self.fc(x)
        self.probe(x)
        return x


class Unused(nn.Module):
    """Does a submodule that is never called stay out of the figure?"""

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        self.fc = nn.Linear(8, 8)
        self.spare = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        """Return the features of the one layer."""
        x = self.fc(x)
        return x


class Echo(nn.Module):
    """Is a model that returns its very input still a graph?"""

    def forward(self, x: Tensor) -> Tensor:
        """Return the input itself."""
        return x


class Constant(nn.Module):
    """Is an output that depends on no input still drawn?"""

    def forward(self, x: Tensor) -> Tensor:
        """Return ones on the device of the input."""
        return torch.ones(2, 3, device=x.device)


# --- Modules called more than once ----------------------------------------------------------------


class SharedTwice(nn.Module):
    """Is a layer that is called twice two nodes that share one set of weights?"""

    def __init__(self) -> None:
        """Build the layer."""
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        """Return what two passes make of the input."""
        x = self.fc(self.fc(x))
        return x


class SharedContainer(nn.Module):
    """Is a container that is called twice entered twice?"""

    def __init__(self) -> None:
        """Build the encoder."""
        super().__init__()
        self.encoder = nn.Sequential(nn.Linear(8, 4), nn.ReLU())

    def forward(self, first: Tensor, second: Tensor) -> Tensor:
        """Return how far apart the encoded inputs are."""
        return torch.abs(self.encoder(first) - self.encoder(second))


class ReusedReLU(nn.Module):
    """Is one ReLU module, used after two layers, drawn after each of them?"""

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        self.fc1 = nn.Linear(8, 16)
        self.fc2 = nn.Linear(16, 4)
        self.relu = nn.ReLU()

    def forward(self, x: Tensor) -> Tensor:
        """Return the activated features."""
        x = self.relu(self.fc1(x))
        x = self.relu(self.fc2(x))
        return x


class TiedWeights(nn.Module):
    """Are weights that two layers share counted once?"""

    def __init__(self) -> None:
        """Build the embedding and the head on one weight."""
        super().__init__()
        self.embedding = nn.Embedding(20, 8)
        self.head = nn.Linear(8, 20, bias=False)
        self.head.weight = self.embedding.weight

    def forward(self, ids: Tensor) -> Tensor:
        """Return logits over the vocabulary."""
        logits: Tensor = self.head(self.embedding(ids))
        return logits


# --- Containers -----------------------------------------------------------------------------------


class Loop(nn.Module):
    """Does a loop over a ModuleList come out as its layers in order?"""

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        self.layers = nn.ModuleList(nn.Linear(8, 8) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        """Return what all layers in turn make of the input."""
        for layer in self.layers:
            x = torch.relu(layer(x))
        return x


class Named(nn.Module):
    """Do the keys of a ModuleDict serve as names?"""

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        self.layers = nn.ModuleDict({"enter": nn.Linear(8, 16), "leave": nn.Linear(16, 8)})

    def forward(self, x: Tensor) -> Tensor:
        """Return what the two layers make of the input."""
        x = self.layers["enter"](x)
        x = self.layers["leave"](x)
        return x


class Interleaved(nn.Module):
    """Does order of call win over order of definition when two lists are zipped?"""

    def __init__(self) -> None:
        """Build all convolutions, then all norms."""
        super().__init__()
        self.convs = nn.ModuleList(nn.Conv2d(4, 4, 3, padding=1) for _ in range(3))
        self.norms = nn.ModuleList(nn.BatchNorm2d(4) for _ in range(3))

    def forward(self, x: Tensor) -> Tensor:
        """Return what the pairs in turn make of the input."""
        for conv, norm in zip(self.convs, self.norms, strict=True):
            x = norm(conv(x))
        return x


class Inner(nn.Module):
    """The inside of ``Nested``."""

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        self.body = nn.Sequential(nn.Linear(8, 8), nn.Sequential(nn.ReLU(), nn.Linear(8, 8)))

    def forward(self, x: Tensor) -> Tensor:
        """Return the input plus its features."""
        x = x + self.body(x)
        return x


class Nested(nn.Module):
    """Does each level of nested containers become a scope?"""

    def __init__(self) -> None:
        """Build two levels of containers."""
        super().__init__()
        self.first = Inner()
        self.rest = nn.Sequential(Inner(), nn.Tanh())

    def forward(self, x: Tensor) -> Tensor:
        """Return what both halves make of the input."""
        x = self.rest(self.first(x))
        return x


# --- Inputs ---------------------------------------------------------------------------------------


class TwoInputs(nn.Module):
    """Are several inputs several nodes, in order?"""

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        self.image = nn.Linear(8, 4)
        self.text = nn.Linear(6, 4)

    def forward(self, image: Tensor, text: Tensor) -> Tensor:
        """Return the sum of both features."""
        x: Tensor = self.image(image) + self.text(text)
        return x


class OptionalInput(nn.Module):
    """May an input with a default be left out?"""

    def __init__(self) -> None:
        """Build the layer."""
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x: Tensor, mask: Tensor | None = None) -> Tensor:
        """Return the features, masked where there is a mask."""
        x = self.fc(x)
        return x if mask is None else x * mask


class KeywordOnly(nn.Module):
    """Do inputs that only go by name arrive?"""

    def __init__(self) -> None:
        """Build the layer."""
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, *, query: Tensor, scale: Tensor) -> Tensor:
        """Return the scaled features."""
        x: Tensor = self.fc(query) * scale
        return x


def keyword_inputs() -> dict[str, Tensor]:
    """Return the inputs of ``KeywordOnly`` by name."""
    return {"query": torch.zeros(1, 8), "scale": torch.ones(1)}


class DictInput(nn.Module):
    """Are the tensors of a dict that is one input found?"""

    def __init__(self) -> None:
        """Build the layer."""
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, batch: dict[str, Tensor]) -> Tensor:
        """Return the features of both entries together."""
        x: Tensor = self.fc(batch["left"]) + batch["right"]
        return x


def dict_inputs() -> tuple[dict[str, Tensor]]:
    """Return the one input of ``DictInput``."""
    return ({"left": torch.zeros(1, 8), "right": torch.zeros(1, 8)},)


class ListInput(nn.Module):
    """Are the tensors of a list that is one input found?"""

    def __init__(self) -> None:
        """Build the layer."""
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, levels: list[Tensor]) -> Tensor:
        """Return the sum of the features of all entries."""
        return torch.stack([self.fc(level) for level in levels]).sum(dim=0)


def list_inputs() -> tuple[list[Tensor]]:
    """Return the one input of ``ListInput``."""
    return ([torch.zeros(1, 8), torch.zeros(1, 8)],)


class LongInput(nn.Module):
    """Does an embedding get the integers it needs?"""

    def __init__(self) -> None:
        """Build the embedding."""
        super().__init__()
        self.embedding = nn.Embedding(20, 8)

    def forward(self, ids: Tensor) -> Tensor:
        """Return the mean embedding of each sequence."""
        vectors: Tensor = self.embedding(ids)
        return vectors.mean(dim=1)


class MixedInputs(nn.Module):
    """May each input have a dtype of its own?"""

    def __init__(self) -> None:
        """Build the embedding."""
        super().__init__()
        self.embedding = nn.Embedding(20, 8)

    def forward(self, ids: Tensor, weights: Tensor) -> Tensor:
        """Return the weighted embeddings."""
        vectors: Tensor = self.embedding(ids) * weights
        return vectors


# --- Outputs --------------------------------------------------------------------------------------


class TupleOutput(nn.Module):
    """Is each tensor of a tuple an output?"""

    def __init__(self) -> None:
        """Build the heads."""
        super().__init__()
        self.mean = nn.Linear(8, 2)
        self.scale = nn.Linear(8, 2)

    def forward(self, x: Tensor) -> tuple[Tensor, Tensor]:
        """Return mean and scale."""
        return self.mean(x), self.scale(x)


class DictOutput(nn.Module):
    """Do the keys of a dict name the outputs?"""

    def __init__(self) -> None:
        """Build the layer."""
        super().__init__()
        self.fc = nn.Linear(8, 2)

    def forward(self, x: Tensor) -> dict[str, Tensor]:
        """Return the logits and the features they come from."""
        return {"logits": self.fc(x), "features": torch.relu(x)}


class Moments(NamedTuple):
    """What ``NamedTupleOutput`` returns."""

    mean: Tensor
    scale: Tensor


class NamedTupleOutput(nn.Module):
    """Do the fields of a named tuple name the outputs?"""

    def __init__(self) -> None:
        """Build the heads."""
        super().__init__()
        self.mean = nn.Linear(8, 2)
        self.scale = nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Moments:
        """Return mean and scale."""
        return Moments(mean=self.mean(x), scale=self.scale(x))


@dataclass
class Prediction:
    """What ``DataclassOutput`` returns."""

    logits: Tensor
    hidden: list[Tensor]
    note: str = "not a tensor"


class DataclassOutput(nn.Module):
    """Are the tensors in the fields of a dataclass outputs?"""

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        self.fc1 = nn.Linear(8, 8)
        self.fc2 = nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Prediction:
        """Return the logits and what was on the way."""
        hidden = self.fc1(x)
        return Prediction(logits=self.fc2(hidden), hidden=[x, hidden])


# --- Parameters, buffers and functions ------------------------------------------------------------


class NoParameters(nn.Module):
    """Is a model without any parameter drawn, and its count zero?"""

    def __init__(self) -> None:
        """Build the pooling."""
        super().__init__()
        self.pool = nn.AvgPool2d(2)

    def forward(self, x: Tensor) -> Tensor:
        """Return the pooled and flattened input."""
        x = self.pool(x)
        return x.flatten(1)


class Functional(nn.Module):
    """Is a model of functions and bare parameters drawn, and are these counted?"""

    def __init__(self) -> None:
        """Build the weights."""
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(4, 8))
        self.bias = nn.Parameter(torch.zeros(4))

    def forward(self, x: Tensor) -> Tensor:
        """Return the activated features."""
        return F.relu(F.linear(x, self.weight, self.bias))


class Tokens(nn.Module):
    """Are a class token and positions, used directly, sources of their own?"""

    def __init__(self) -> None:
        """Build the parameters and the layer."""
        super().__init__()
        self.cls = nn.Parameter(torch.zeros(1, 1, 8))
        self.position = nn.Parameter(torch.zeros(1, 6, 8))
        self.fc = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        """Return the features of the class token."""
        x = torch.cat([self.cls.expand(x.shape[0], -1, -1), x], dim=1)
        x = self.fc(x + self.position)
        return x[:, 0]


class Counter(nn.Module):
    """Is a buffer that forward updates as it was after tracing?"""

    count: Tensor

    def __init__(self) -> None:
        """Build the layer and the buffer."""
        super().__init__()
        self.fc = nn.Linear(8, 8)
        self.register_buffer("count", torch.zeros((), dtype=torch.long))

    def forward(self, x: Tensor) -> Tensor:
        """Return the features and count the call."""
        self.count += 1
        x = self.fc(x)
        return x


class Normed(nn.Module):
    """Are the running statistics of BatchNorm as they were after tracing?"""

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        self.conv = nn.Conv2d(3, 4, 3, bias=False)
        self.norm = nn.BatchNorm2d(4)

    def forward(self, x: Tensor) -> Tensor:
        """Return the normalised features."""
        x = self.norm(self.conv(x))
        return x


class Noise(nn.Module):
    """Is the random state as it was after tracing a model that draws numbers?"""

    def __init__(self) -> None:
        """Build the layer."""
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        """Return the features with noise added."""
        x = self.fc(x)
        return x + torch.rand_like(x)


# --- Library layers that are more than one operation ----------------------------------------------


class States(nn.Module):
    """Do the states of an LSTM go in and come out?"""

    def __init__(self) -> None:
        """Build the LSTM."""
        super().__init__()
        self.lstm = nn.LSTM(8, 4, batch_first=True)

    def forward(
        self, x: Tensor, hidden: Tensor, cell: Tensor
    ) -> tuple[Tensor, tuple[Tensor, Tensor]]:
        """Return the features of each step and the last states."""
        x, states = self.lstm(x, (hidden, cell))
        return x, states


class Attends(nn.Module):
    """Is nn.MultiheadAttention one node with its three inputs?"""

    def __init__(self) -> None:
        """Build the attention."""
        super().__init__()
        self.attention = nn.MultiheadAttention(8, 2, batch_first=True)

    def forward(self, query: Tensor, memory: Tensor) -> Tensor:
        """Return what the query gathers from the memory."""
        x: Tensor = self.attention(query, memory, memory, need_weights=False)[0]
        return x


class Encodes(nn.Module):
    """Is nn.TransformerEncoder drawn alike on its fast path and off it?"""

    def __init__(self) -> None:
        """Build an encoder of two layers."""
        super().__init__()
        layer = nn.TransformerEncoderLayer(8, 2, dim_feedforward=16, batch_first=True)
        self.encoder = nn.TransformerEncoder(layer, num_layers=2)

    def forward(self, x: Tensor) -> Tensor:
        """Return the encoded sequence."""
        x = self.encoder(x)
        return x


# --- Tensors that are not new ---------------------------------------------------------------------


class InPlace(nn.Module):
    """Does an in-place ReLU come after its layer although the tensor is the same?"""

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        self.fc1 = nn.Linear(8, 8)
        self.relu = nn.ReLU(inplace=True)
        self.fc2 = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        """Return the features."""
        x = self.fc2(self.relu(self.fc1(x)))
        return x


class WriteView(nn.Module):
    """Does a value written into a view of a tensor reach those who read the tensor?"""

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        self.body = nn.Linear(8, 8)
        self.patch = nn.Linear(8, 1)
        self.head = nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Return logits of features whose first column was replaced."""
        y = self.patch(x)
        x = self.body(x)
        x[:, 0] = y[:, 0]
        x = self.head(x)
        return x


class DropSkip(nn.Module):
    """Is Dropout in eval, which returns its argument, still between input and addition?"""

    def __init__(self) -> None:
        """Build the layer."""
        super().__init__()
        self.drop = nn.Dropout(0.5)

    def forward(self, x: Tensor) -> Tensor:
        """Return the input plus its thinned self."""
        x = x + self.drop(x)
        return x


class IdentitySkip(nn.Module):
    """Is Identity, which always returns its argument, still between input and addition?"""

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        self.fc = nn.Linear(8, 8)
        self.skip = nn.Identity()

    def forward(self, x: Tensor) -> Tensor:
        """Return the features plus the input."""
        x = self.fc(x) + self.skip(x)
        return x


class OnTheFly(nn.Module):
    """Is a module that forward creates drawn although it has no name?"""

    def __init__(self) -> None:
        """Build the one layer that has a name."""
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        """Return the activated features."""
        x = nn.ReLU()(self.fc(x))
        return x


class OnTheFlyLinear(nn.Module):
    """Are the weights of a module that forward creates left out of the model's count?"""

    def forward(self, x: Tensor) -> Tensor:
        """Return features of a layer that nobody keeps."""
        x = nn.Linear(8, 4, device=x.device)(x)
        return x


# --- Python in the way ----------------------------------------------------------------------------


class ModeBranch(nn.Module):
    """Is the path of the wanted mode drawn, and the mode as it was after tracing?"""

    def __init__(self) -> None:
        """Build the heads."""
        super().__init__()
        self.body = nn.Linear(8, 8)
        self.train_head = nn.Linear(8, 4)
        self.eval_head = nn.Linear(8, 2)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of the mode's own head."""
        x = self.body(x)
        x = self.train_head(x) if self.training else self.eval_head(x)
        return x


def mixed_modes() -> nn.Module:
    """Does a model in training mode with one layer in eval stay so?"""
    model = Normed()
    model.train()
    model.norm.eval()
    return model


class Hooked(nn.Module):
    """Do the model's own hooks run, and are they alone there after tracing?"""

    def __init__(self) -> None:
        """Build the layer and hang a hook on it."""
        super().__init__()
        self.fc = nn.Linear(8, 8)
        self.fc.register_forward_hook(lambda module, args, output: output * 2)

    def forward(self, x: Tensor) -> Tensor:
        """Return the features, doubled by the hook."""
        x = self.fc(x)
        return x


class ItemBranch(nn.Module):
    """Is a model that looks at its numbers run with real ones?"""

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        self.small = nn.Linear(8, 8)
        self.large = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        """Return the features of the layer that the sum selects."""
        x = self.large(x) if x.sum().item() > 100.0 else self.small(x)
        return x


class RoundTrip(nn.Module):
    """Does the graph survive a detour through numpy?"""

    def __init__(self) -> None:
        """Build the layers."""
        super().__init__()
        self.before = nn.Linear(8, 8)
        self.after = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        """Return features that were doubled outside of torch."""
        x = self.before(x)
        x = torch.from_numpy(x.detach().numpy() * 2)
        x = self.after(x)
        return x


class Prints(nn.Module):
    """Does what a model prints stay out of the worker's answers?"""

    def __init__(self) -> None:
        """Build the layer."""
        super().__init__()
        print("constructor speaking")
        self.fc = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        """Return the features and say so, on both streams."""
        print('{"looks": "like an answer"}', flush=True)
        print("forward speaking", file=sys.stderr)
        x = self.fc(x)
        return x


# --- Ways to hand over a model --------------------------------------------------------------------

#: Is a model that is no class but an instance drawn as it stands?
INSTANCE = nn.Sequential(nn.Linear(8, 4), nn.ReLU(), nn.Linear(4, 2))


def factory(width: int = 8, *, depth: int = 2, bias: bool = True) -> nn.Module:
    """Is a function that returns a model called with the arguments of the reference?"""
    return nn.Sequential(*(nn.Linear(width, width, bias=bias) for _ in range(depth)))


class Zoo:
    """Is a model found below a class?"""

    class Small(nn.Module):
        """Is a class inside a class found by its dotted name?"""

        def __init__(self) -> None:
            """Build the layer."""
            super().__init__()
            self.fc = nn.Linear(8, 2)

        def forward(self, x: Tensor) -> Tensor:
            """Return the features."""
            x = self.fc(x)
            return x

    @staticmethod
    def small() -> nn.Module:
        """Is a static method called as a factory?"""
        return Zoo.Small()


# --- Size -----------------------------------------------------------------------------------------


def deep(n: int = 50) -> nn.Module:
    """Is a chain of very many layers traced and laid out without recursion and in time?"""
    return nn.Sequential(*(nn.Linear(8, 8) for _ in range(n)))


def blocks(n: int = 6) -> nn.Module:
    """Are equal blocks in a chain folded into one?"""
    return nn.Sequential(*(Inner() for _ in range(n)))


# --- Names ----------------------------------------------------------------------------------------


class LongName(nn.Module):
    """Does a class name of 300 characters fit the figure?"""

    def __init__(self) -> None:
        """Build a layer whose path is as long."""
        super().__init__()
        self.add_module("p" * 300, nn.Linear(8, 8))

    def forward(self, x: Tensor) -> Tensor:
        """Return the features."""
        for layer in self.children():
            x = layer(x)
        return x


LongName.__name__ = LongName.__qualname__ = "L" + "o" * 295 + "Name"


class Größe(nn.Module):
    """Do names beyond ASCII come through, those of the reference included?"""

    def __init__(self) -> None:
        """Build layers named in several scripts."""
        super().__init__()
        self.schlüssel = nn.Linear(8, 8)
        self.add_module("層", nn.Linear(8, 8))
        self.add_module("🦓", nn.ReLU())

    def forward(self, x: Tensor) -> Tensor:
        """Return what the layers in turn make of the input."""
        for layer in self.children():
            x = layer(x)
        return x


class Markup(nn.Module):
    """Is markup in a class name, a path or an extra_repr only ever text?"""

    def __init__(self) -> None:
        """Build a layer under a hostile path."""
        super().__init__()
        self.add_module("</svg><script>alert(1)</script>", nn.Linear(8, 8))
        self.add_module("\"onload='alert(2)'&amp;]]>", MarkupLeaf())

    def extra_repr(self) -> str:
        """Return what a careless painter would run."""
        return "</title></svg><script>alert(3)</script>"

    def forward(self, x: Tensor) -> Tensor:
        """Return what the layers in turn make of the input."""
        for layer in self.children():
            x = layer(x)
        return x


class MarkupLeaf(nn.Module):
    """The inside of ``Markup``."""

    def extra_repr(self) -> str:
        """Return what a careless painter would run."""
        return "<!-- --><script>alert(4)</script> \\href{javascript:alert(5)} `x`_ |y|"

    def forward(self, x: Tensor) -> Tensor:
        """Return the activated input."""
        return torch.tanh(x)


Markup.__name__ = Markup.__qualname__ = "</svg><script>alert(6)</script>"


class Control(nn.Module):
    """Are characters that XML forbids kept out of it?"""

    def __init__(self) -> None:
        """Build a layer whose path has a NUL, an escape and a line break."""
        super().__init__()
        self.add_module("a\x00b\x1b[31m\nc\ufffe", nn.Linear(8, 8))

    def forward(self, x: Tensor) -> Tensor:
        """Return the features."""
        for layer in self.children():
            x = layer(x)
        return x


class Surrogate(nn.Module):
    """Is a name that cannot be encoded written all the same?"""

    def __init__(self) -> None:
        """Build a layer whose path is half a character."""
        super().__init__()
        self.add_module("half\ud83e", nn.Linear(8, 8))

    def forward(self, x: Tensor) -> Tensor:
        """Return the features."""
        for layer in self.children():
            x = layer(x)
        return x


# --- Models that must fail with a message ---------------------------------------------------------


class RaisesInConstructor(nn.Module):
    """Does an error of the constructor name the reference?"""

    def __init__(self) -> None:
        """Raise."""
        super().__init__()
        raise ValueError("no such configuration: <tiny>")


class RaisesHalfWay(nn.Module):
    """Does an error of forward name the last layer that was reached?"""

    def __init__(self) -> None:
        """Build layers of which the third does not fit."""
        super().__init__()
        self.fc1 = nn.Linear(8, 6)
        self.relu = nn.ReLU()
        self.fc2 = nn.Linear(5, 4)

    def forward(self, x: Tensor) -> Tensor:
        """Raise at the second linear layer."""
        x = self.relu(self.fc1(x))
        x = self.fc2(x)
        return x


class NeedsInputs(nn.Module):
    """Does the message name the inputs that are missing?"""

    def __init__(self) -> None:
        """Build the layer."""
        super().__init__()
        self.fc = nn.Linear(8, 8)

    def forward(self, x: Tensor, mask: Tensor, *, scale: float) -> Tensor:
        """Return the masked and scaled features."""
        x = self.fc(x) * mask * scale
        return x


class NeedsArguments(nn.Module):
    """Does the message name the constructor's arguments that are missing?"""

    def __init__(self, width: int, *, depth: int) -> None:
        """Build the layers."""
        super().__init__()
        self.layers = nn.Sequential(*(nn.Linear(width, width) for _ in range(depth)))

    def forward(self, x: Tensor) -> Tensor:
        """Return the features."""
        x = self.layers(x)
        return x


def not_a_model() -> int:
    """Is a function that returns no model refused by what it returned?"""
    return 3


#: Is an object that is no model refused by its type?
NUMBER = 3


# --- Hostile: run these only in a process of their own --------------------------------------------


class ExitsInForward(nn.Module):
    """Does a build survive sys.exit in forward?"""

    def forward(self, x: Tensor) -> Tensor:
        """Leave."""
        sys.exit(0)


class DiesInConstructor(nn.Module):
    """Does a build survive a worker that dies without a word?"""

    def __init__(self) -> None:
        """End the process at once."""
        super().__init__()
        os._exit(0)


class LoopsForEver(nn.Module):
    """Does the time limit end a model that does not end?"""

    def forward(self, x: Tensor) -> Tensor:
        """Sleep, again and again."""
        while True:
            time.sleep(0.05)


class LoopsStubbornly(nn.Module):
    """Does the time limit end a model that swallows every exception?"""

    def forward(self, x: Tensor) -> Tensor:
        """Sleep, whatever happens."""
        while True:
            with contextlib.suppress(BaseException):
                time.sleep(0.05)


# --- Tables ---------------------------------------------------------------------------------------

Row = tuple[str, str] | tuple[str, str, str]

MODELS: dict[str, Row] = {
    "chain": ("zoo:Chain", "1, 3, 16, 16"),
    "branch": ("zoo:Branch", "1, 8"),
    "residual": ("zoo:Residual", "1, 8"),
    "concat": ("zoo:Concat", "1, 8"),
    "split": ("zoo:Split", "1, 8"),
    "dead_end": ("zoo:DeadEnd", "1, 8"),
    "unused": ("zoo:Unused", "1, 8"),
    "echo": ("zoo:Echo", "1, 8"),
    "constant": ("zoo:Constant", "1, 8"),
    "shared_twice": ("zoo:SharedTwice", "1, 8"),
    "shared_container": ("zoo:SharedContainer", "1, 8; 1, 8"),
    "reused_relu": ("zoo:ReusedReLU", "1, 8"),
    "tied_weights": ("zoo:TiedWeights", "1, 5", "long"),
    "loop": ("zoo:Loop", "1, 8"),
    "named": ("zoo:Named", "1, 8"),
    "interleaved": ("zoo:Interleaved", "1, 4, 8, 8"),
    "nested": ("zoo:Nested", "1, 8"),
    "two_inputs": ("zoo:TwoInputs", "1, 8; 1, 6"),
    "optional_input": ("zoo:OptionalInput", "1, 8"),
    "long_input": ("zoo:LongInput", "1, 5", "long"),
    "mixed_inputs": ("zoo:MixedInputs", "1, 5; 1, 5, 8", "long; float"),
    "tuple_output": ("zoo:TupleOutput", "1, 8"),
    "dict_output": ("zoo:DictOutput", "1, 8"),
    "namedtuple_output": ("zoo:NamedTupleOutput", "1, 8"),
    "dataclass_output": ("zoo:DataclassOutput", "1, 8"),
    "no_parameters": ("zoo:NoParameters", "1, 3, 8, 8"),
    "functional": ("zoo:Functional", "1, 8"),
    "tokens": ("zoo:Tokens", "1, 5, 8"),
    "counter": ("zoo:Counter", "1, 8"),
    "normed": ("zoo:Normed", "2, 3, 8, 8"),
    "noise": ("zoo:Noise", "1, 8"),
    "states": ("zoo:States", "1, 5, 8; 1, 1, 4; 1, 1, 4"),
    "attends": ("zoo:Attends", "1, 5, 8; 1, 7, 8"),
    "encodes": ("zoo:Encodes", "1, 5, 8"),
    "in_place": ("zoo:InPlace", "1, 8"),
    "write_view": ("zoo:WriteView", "1, 8"),
    "drop_skip": ("zoo:DropSkip", "1, 8"),
    "identity_skip": ("zoo:IdentitySkip", "1, 8"),
    "on_the_fly": ("zoo:OnTheFly", "1, 8"),
    "on_the_fly_linear": ("zoo:OnTheFlyLinear", "1, 8"),
    "mode_branch": ("zoo:ModeBranch", "1, 8"),
    "mixed_modes": ("zoo:mixed_modes", "2, 3, 8, 8"),
    "hooked": ("zoo:Hooked", "1, 8"),
    "item_branch": ("zoo:ItemBranch", "1, 8"),
    "round_trip": ("zoo:RoundTrip", "1, 8"),
    "prints": ("zoo:Prints", "1, 8"),
    "instance": ("zoo:INSTANCE", "1, 8"),
    "factory": ("zoo:factory", "1, 8"),
    "nested_class": ("zoo:Zoo.Small", "1, 8"),
    "static_method": ("zoo:Zoo.small", "1, 8"),
    "deep": ("zoo:deep", "1, 8"),
    "blocks": ("zoo:blocks", "1, 8"),
    "long_name": ("zoo:LongName", "1, 8"),
    "non_ascii": ("zoo:Größe", "1, 8"),
    "markup": ("zoo:Markup", "1, 8"),
    "control": ("zoo:Control", "1, 8"),
    "surrogate": ("zoo:Surrogate", "1, 8"),
}

BY_FUNCTION: dict[str, tuple[str, str]] = {
    "keyword_only": ("zoo:KeywordOnly", "zoo:keyword_inputs"),
    "dict_input": ("zoo:DictInput", "zoo:dict_inputs"),
    "list_input": ("zoo:ListInput", "zoo:list_inputs"),
}

REAL_ONLY: frozenset[str] = frozenset({"item_branch", "round_trip"})

FAILING: dict[str, tuple[str, str]] = {
    "raises_in_constructor": ("zoo:RaisesInConstructor", "1, 8"),
    "raises_half_way": ("zoo:RaisesHalfWay", "1, 8"),
    "needs_inputs": ("zoo:NeedsInputs", "1, 8"),
    "needs_arguments": ("zoo:NeedsArguments", "1, 8"),
    "not_a_model": ("zoo:not_a_model", "1, 8"),
    "number": ("zoo:NUMBER", "1, 8"),
}
