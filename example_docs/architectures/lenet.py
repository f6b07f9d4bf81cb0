"""LeNet-5, the network that read handwritten digits on bank cheques."""

import torch
from torch import Tensor, nn


class LeNet5(nn.Module):
    """LeNet-5 in its usual modern form.

    Y. LeCun, L. Bottou, Y. Bengio and P. Haffner (1998), *Gradient-Based Learning Applied to
    Document Recognition*.

    The layers bear the paper's names. As in most implementations of today, C3 sees all maps of S2,
    the subsampling layers S2 and S4 are plain averages without weights, and a linear layer stands
    in for the radial basis functions of the output.

    Args:
        num_classes: Number of classes to tell apart.

    Shape:
        Images ``(N, 1, 32, 32)`` to logits ``(N, num_classes)``.
    """

    def __init__(self, num_classes: int = 10) -> None:
        """Build the seven layers."""
        super().__init__()
        self.c1 = nn.Conv2d(1, 6, kernel_size=5)
        self.s2 = nn.AvgPool2d(kernel_size=2)
        self.c3 = nn.Conv2d(6, 16, kernel_size=5)
        self.s4 = nn.AvgPool2d(kernel_size=2)
        self.c5 = nn.Conv2d(16, 120, kernel_size=5)
        self.f6 = nn.Linear(120, 84)
        self.output = nn.Linear(84, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch of images."""
        x = self.s2(torch.tanh(self.c1(x)))
        x = self.s4(torch.tanh(self.c3(x)))
        x = torch.tanh(self.c5(x))
        x = torch.flatten(x, 1)
        x = torch.tanh(self.f6(x))
        x = self.output(x)
        return x
