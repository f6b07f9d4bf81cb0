"""A small multilayer perceptron."""

import itertools
from collections.abc import Sequence

from torch import Tensor, nn


class MLP(nn.Module):
    """Linear layers with ReLUs between them, few enough neurons to draw each.

    F. Rosenblatt (1958), *The Perceptron: A Probabilistic Model for Information Storage and
    Organization in the Brain*; trained in layers by D. E. Rumelhart, G. E. Hinton and
    R. J. Williams (1986), *Learning Representations by Back-propagating Errors*.

    Args:
        widths: Number of neurons of each layer, the input first.

    Shape:
        ``(N, widths[0])`` to ``(N, widths[-1])``.
    """

    def __init__(self, widths: Sequence[int] = (4, 8, 8, 4, 2)) -> None:
        """Build the layers."""
        super().__init__()
        layers: list[nn.Module] = []
        for fan_in, fan_out in itertools.pairwise(widths):
            layers += [nn.Linear(fan_in, fan_out), nn.ReLU()]
        self.layers = nn.Sequential(*layers[:-1])

    def forward(self, x: Tensor) -> Tensor:
        """Return the activations of the last layer."""
        x = self.layers(x)
        return x
