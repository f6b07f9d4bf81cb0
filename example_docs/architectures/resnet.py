"""Residual networks."""

from collections.abc import Sequence
from typing import ClassVar

import torch
from torch import Tensor, nn


def _shortcut(in_channels: int, out_channels: int, stride: int) -> nn.Module | None:
    """Return the projection a skip connection needs to fit its block, or None for the identity."""
    if stride == 1 and in_channels == out_channels:
        return None
    return nn.Sequential(
        nn.Conv2d(in_channels, out_channels, kernel_size=1, stride=stride, bias=False),
        nn.BatchNorm2d(out_channels),
    )


class BasicBlock(nn.Module):
    """Two 3x3 convolutions and a skip connection around them.

    K. He, X. Zhang, S. Ren and J. Sun (2016), *Deep Residual Learning for Image Recognition*.

    Args:
        in_channels: Channels that come in.
        width: Channels of the convolutions, and of what goes out.
        stride: Stride of the first convolution and of the skip connection.

    Shape:
        ``(N, in_channels, H, W)`` to ``(N, width, H / stride, W / stride)``.
    """

    expansion: ClassVar[int] = 1

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        """Build the two convolutions and, where shapes differ, the projection."""
        super().__init__()
        self.conv1 = nn.Conv2d(in_channels, width, 3, stride=stride, padding=1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.relu = nn.ReLU(inplace=True)
        self.conv2 = nn.Conv2d(width, width, 3, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.downsample = _shortcut(in_channels, width * self.expansion, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's features plus its input."""
        identity = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.bn2(self.conv2(x))
        x = self.relu(x + identity)
        return x


class Bottleneck(nn.Module):
    """A 3x3 convolution between two 1x1 ones, and a skip connection around all three.

    K. He, X. Zhang, S. Ren and J. Sun (2016), *Deep Residual Learning for Image Recognition*. The
    stride sits on the 3x3 convolution, as in today's implementations ("ResNet v1.5"), not on the
    first 1x1.

    Args:
        in_channels: Channels that come in.
        width: Channels of the 3x3 convolution; four times as many go out.
        stride: Stride of the 3x3 convolution and of the skip connection.

    Shape:
        ``(N, in_channels, H, W)`` to ``(N, 4 * width, H / stride, W / stride)``.
    """

    expansion: ClassVar[int] = 4

    def __init__(self, in_channels: int, width: int, stride: int = 1) -> None:
        """Build the three convolutions and, where shapes differ, the projection."""
        super().__init__()
        out_channels = width * self.expansion
        self.conv1 = nn.Conv2d(in_channels, width, 1, bias=False)
        self.bn1 = nn.BatchNorm2d(width)
        self.conv2 = nn.Conv2d(width, width, 3, stride=stride, padding=1, bias=False)
        self.bn2 = nn.BatchNorm2d(width)
        self.conv3 = nn.Conv2d(width, out_channels, 1, bias=False)
        self.bn3 = nn.BatchNorm2d(out_channels)
        self.relu = nn.ReLU(inplace=True)
        self.downsample = _shortcut(in_channels, out_channels, stride)

    def forward(self, x: Tensor) -> Tensor:
        """Return the block's features plus its input."""
        identity = x if self.downsample is None else self.downsample(x)
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.relu(self.bn2(self.conv2(x)))
        x = self.bn3(self.conv3(x))
        x = self.relu(x + identity)
        return x


class ResNet(nn.Module):
    """A residual network for images of ImageNet's size.

    K. He, X. Zhang, S. Ren and J. Sun (2016), *Deep Residual Learning for Image Recognition*.

    Args:
        block: The kind of residual block.
        depths: Number of blocks of each of the four stages.
        num_classes: Number of classes to tell apart.

    Shape:
        Images ``(N, 3, 224, 224)`` to logits ``(N, num_classes)``.
    """

    def __init__(
        self,
        block: type[BasicBlock] | type[Bottleneck],
        depths: Sequence[int],
        num_classes: int = 1000,
    ) -> None:
        """Build the stem, the four stages and the classifier."""
        super().__init__()
        self.conv1 = nn.Conv2d(3, 64, kernel_size=7, stride=2, padding=3, bias=False)
        self.bn1 = nn.BatchNorm2d(64)
        self.relu = nn.ReLU(inplace=True)
        self.maxpool = nn.MaxPool2d(kernel_size=3, stride=2, padding=1)

        def stage(in_channels: int, width: int, depth: int, stride: int) -> nn.Sequential:
            rest = [block(width * block.expansion, width) for _ in range(depth - 1)]
            return nn.Sequential(block(in_channels, width, stride), *rest)

        self.layer1 = stage(64, 64, depths[0], stride=1)
        self.layer2 = stage(64 * block.expansion, 128, depths[1], stride=2)
        self.layer3 = stage(128 * block.expansion, 256, depths[2], stride=2)
        self.layer4 = stage(256 * block.expansion, 512, depths[3], stride=2)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.fc = nn.Linear(512 * block.expansion, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch of images."""
        x = self.relu(self.bn1(self.conv1(x)))
        x = self.maxpool(x)
        x = self.layer1(x)
        x = self.layer2(x)
        x = self.layer3(x)
        x = self.layer4(x)
        x = self.avgpool(x)
        x = torch.flatten(x, 1)
        x = self.fc(x)
        return x


def resnet18(num_classes: int = 1000) -> ResNet:
    """Return ResNet-18, built from basic blocks.

    K. He, X. Zhang, S. Ren and J. Sun (2016), *Deep Residual Learning for Image Recognition*.
    """
    return ResNet(BasicBlock, (2, 2, 2, 2), num_classes)


def resnet50(num_classes: int = 1000) -> ResNet:
    """Return ResNet-50, built from bottlenecks.

    K. He, X. Zhang, S. Ren and J. Sun (2016), *Deep Residual Learning for Image Recognition*.
    """
    return ResNet(Bottleneck, (3, 4, 6, 3), num_classes)
