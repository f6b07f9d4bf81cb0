"""DenseNet: every layer sees all layers before it."""

from collections import OrderedDict
from collections.abc import Sequence

import torch
from torch import Tensor, nn


class DenseLayer(nn.Module):
    """A bottleneck layer that adds ``growth_rate`` channels to what came before.

    G. Huang, Z. Liu, L. van der Maaten and K. Q. Weinberger (2017), *Densely Connected
    Convolutional Networks*.

    Args:
        in_channels: Channels that come in.
        growth_rate: Channels that are added.

    Shape:
        ``(N, in_channels, H, W)`` to ``(N, in_channels + growth_rate, H, W)``.
    """

    def __init__(self, in_channels: int, growth_rate: int) -> None:
        """Build the 1x1 bottleneck and the 3x3 convolution."""
        super().__init__()
        width = 4 * growth_rate
        self.norm1 = nn.BatchNorm2d(in_channels)
        self.relu1 = nn.ReLU(inplace=True)
        self.conv1 = nn.Conv2d(in_channels, width, kernel_size=1, bias=False)
        self.norm2 = nn.BatchNorm2d(width)
        self.relu2 = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, growth_rate, kernel_size=3, padding=1, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the input with the new channels behind it."""
        new = self.conv1(self.relu1(self.norm1(x)))
        new = self.conv2(self.relu2(self.norm2(new)))
        return torch.cat([x, new], dim=1)


class Transition(nn.Sequential):
    """The step between two dense blocks: half the channels, half the resolution.

    G. Huang, Z. Liu, L. van der Maaten and K. Q. Weinberger (2017), *Densely Connected
    Convolutional Networks*.

    Args:
        channels: Channels that come in; half as many go out.

    Shape:
        ``(N, channels, H, W)`` to ``(N, channels / 2, H / 2, W / 2)``.
    """

    def __init__(self, channels: int) -> None:
        """Build the four layers."""
        super().__init__()
        self.norm = nn.BatchNorm2d(channels)
        self.relu = nn.ReLU(inplace=True)
        self.conv = nn.Conv2d(channels, channels // 2, kernel_size=1, bias=False)
        self.pool = nn.AvgPool2d(kernel_size=2, stride=2)


class DenseNet(nn.Module):
    """A DenseNet-BC for images of ImageNet's size.

    G. Huang, Z. Liu, L. van der Maaten and K. Q. Weinberger (2017), *Densely Connected
    Convolutional Networks*.

    Args:
        depths: Number of layers of each dense block.
        growth_rate: Channels that each layer adds.
        num_classes: Number of classes to tell apart.

    Shape:
        Images ``(N, 3, 224, 224)`` to logits ``(N, num_classes)``.
    """

    def __init__(
        self, depths: Sequence[int], growth_rate: int = 32, num_classes: int = 1000
    ) -> None:
        """Build the stem, the dense blocks with their transitions, and the classifier."""
        super().__init__()
        channels = 2 * growth_rate
        self.features = nn.Sequential(
            OrderedDict[str, nn.Module](
                conv0=nn.Conv2d(3, channels, kernel_size=7, stride=2, padding=3, bias=False),
                norm0=nn.BatchNorm2d(channels),
                relu0=nn.ReLU(inplace=True),
                pool0=nn.MaxPool2d(kernel_size=3, stride=2, padding=1),
            )
        )
        for i, depth in enumerate(depths, start=1):
            block = nn.Sequential()
            for j in range(depth):
                layer = DenseLayer(channels + j * growth_rate, growth_rate)
                block.add_module(f"denselayer{j + 1}", layer)
            self.features.add_module(f"denseblock{i}", block)
            channels += depth * growth_rate
            if i < len(depths):
                self.features.add_module(f"transition{i}", Transition(channels))
                channels //= 2
        self.features.add_module(f"norm{len(depths) + 1}", nn.BatchNorm2d(channels))
        self.relu = nn.ReLU(inplace=True)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.classifier = nn.Linear(channels, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch of images."""
        x = self.relu(self.features(x))
        x = torch.flatten(self.avgpool(x), 1)
        x = self.classifier(x)
        return x


def densenet121(num_classes: int = 1000) -> DenseNet:
    """Return DenseNet-121.

    G. Huang, Z. Liu, L. van der Maaten and K. Q. Weinberger (2017), *Densely Connected
    Convolutional Networks*.
    """
    return DenseNet((6, 12, 24, 16), num_classes=num_classes)
