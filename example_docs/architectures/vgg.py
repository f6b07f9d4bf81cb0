"""VGG: depth from small filters."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn


def _stage(in_channels: int, out_channels: int, depth: int) -> list[nn.Module]:
    """Return ``depth`` 3x3 convolutions, each with its ReLU, and the pooling after them."""
    layers: list[nn.Module] = []
    for i in range(depth):
        channels = in_channels if i == 0 else out_channels
        layers.append(nn.Conv2d(channels, out_channels, kernel_size=3, padding=1))
        layers.append(nn.ReLU(inplace=True))
    layers.append(nn.MaxPool2d(kernel_size=2, stride=2))
    return layers


class VGG(nn.Module):
    """A VGG network: five stages of 3x3 convolutions, then three linear layers.

    K. Simonyan and A. Zisserman (2015), *Very Deep Convolutional Networks for Large-Scale Image
    Recognition*.

    Args:
        depths: Number of convolutions of each of the five stages.
        num_classes: Number of classes to tell apart.
        dropout: Probability of dropping a feature in the classifier.

    Shape:
        Images ``(N, 3, 224, 224)`` to logits ``(N, num_classes)``.
    """

    def __init__(
        self, depths: Sequence[int], num_classes: int = 1000, dropout: float = 0.5
    ) -> None:
        """Build the stages and the classifier."""
        super().__init__()
        widths = (64, 128, 256, 512, 512)
        layers: list[nn.Module] = []
        in_channels = 3
        for width, depth in zip(widths, depths, strict=True):
            layers += _stage(in_channels, width, depth)
            in_channels = width
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d((7, 7))
        self.classifier = nn.Sequential(
            nn.Linear(512 * 7 * 7, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(4096, 4096),
            nn.ReLU(inplace=True),
            nn.Dropout(dropout),
            nn.Linear(4096, num_classes),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch of images."""
        x = self.features(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        x = self.classifier(x)
        return x


def vgg16(num_classes: int = 1000) -> VGG:
    """Return VGG-16, configuration D of Simonyan and Zisserman (2015).

    K. Simonyan and A. Zisserman (2015), *Very Deep Convolutional Networks for Large-Scale Image
    Recognition*.
    """
    return VGG((2, 2, 3, 3, 3), num_classes)
