"""Models that are named by references and are too odd for the zoo."""

from __future__ import annotations

import torch
from torch import Tensor, nn


class Ramp(nn.Module):
    """Does a model build that reads a tensor's value in its constructor?"""

    def __init__(self) -> None:
        super().__init__()
        self.rate = torch.linspace(0, 1, 3)[1].item()
        self.fc = nn.Linear(8, 8)

    def forward(self, x: Tensor) -> Tensor:
        return self.fc(x) * self.rate


class Exits(nn.Module):
    """Is a constructor that exits an error like others?"""

    def __init__(self) -> None:
        super().__init__()
        raise SystemExit(2)


class Plain:
    """A class that is no model."""


def returns_nothing() -> None:
    """A function that forgets its return statement."""


def recurses() -> nn.Module:
    """A function that never ends, but for the stack."""
    return recurses()


def pair() -> tuple[tuple[Tensor], dict[str, Tensor]]:
    """Return positional and keyword inputs."""
    return (torch.zeros(1, 8),), {"mask": torch.ones(1, 8)}


def single() -> Tensor:
    """Return one tensor."""
    return torch.zeros(1, 8)


def fails() -> Tensor:
    """Raise."""
    raise OSError("the file of inputs is missing")


NUMBER = 7
