"""GoogLeNet and its Inception module."""

import torch
from torch import Tensor, nn


class ConvBlock(nn.Module):
    """A convolution with batch normalisation and ReLU.

    After S. Ioffe and C. Szegedy (2015), *Batch Normalization: Accelerating Deep Network Training
    by Reducing Internal Covariate Shift*.

    Args:
        in_channels: Channels that come in.
        out_channels: Channels that go out.
        kernel_size: Side of the filter.
        stride: Stride of the filter.

    Shape:
        ``(N, in_channels, H, W)`` to ``(N, out_channels, H / stride, W / stride)``.
    """

    def __init__(
        self, in_channels: int, out_channels: int, kernel_size: int, stride: int = 1
    ) -> None:
        """Build the convolution, padded to keep the size at stride one."""
        super().__init__()
        padding = kernel_size // 2
        self.conv = nn.Conv2d(
            in_channels, out_channels, kernel_size, stride=stride, padding=padding, bias=False
        )
        self.bn = nn.BatchNorm2d(out_channels, eps=0.001)
        self.relu = nn.ReLU(inplace=True)

    def forward(self, x: Tensor) -> Tensor:
        """Return the activated features."""
        x = self.relu(self.bn(self.conv(x)))
        return x


class Inception(nn.Module):
    """Four branches over the same input, joined along the channels.

    C. Szegedy et al. (2015), *Going Deeper with Convolutions*. The third branch has 3x3 filters
    where the paper has 5x5, as in the widely used TensorFlow and torchvision models.

    Args:
        in_channels: Channels that come in.
        point: Channels of the 1x1 branch.
        narrow: Channels of the second branch: of its 1x1 reduction, and out of its 3x3.
        wide: Channels of the third branch: of its 1x1 reduction, and out of its second filter.
        pooled: Channels of the projection after the pooling branch.

    Shape:
        ``(N, in_channels, H, W)`` to ``(N, point + narrow[1] + wide[1] + pooled, H, W)``.
    """

    def __init__(
        self,
        in_channels: int,
        point: int,
        narrow: tuple[int, int],
        wide: tuple[int, int],
        pooled: int,
    ) -> None:
        """Build the four branches."""
        super().__init__()
        self.branch1 = ConvBlock(in_channels, point, kernel_size=1)
        self.branch2 = nn.Sequential(
            ConvBlock(in_channels, narrow[0], kernel_size=1),
            ConvBlock(narrow[0], narrow[1], kernel_size=3),
        )
        self.branch3 = nn.Sequential(
            ConvBlock(in_channels, wide[0], kernel_size=1),
            ConvBlock(wide[0], wide[1], kernel_size=3),
        )
        self.branch4 = nn.Sequential(
            nn.MaxPool2d(kernel_size=3, stride=1, padding=1),
            ConvBlock(in_channels, pooled, kernel_size=1),
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the features of the four branches, side by side."""
        branches = [self.branch1(x), self.branch2(x), self.branch3(x), self.branch4(x)]
        return torch.cat(branches, dim=1)


class GoogLeNet(nn.Module):
    """GoogLeNet with batch normalisation and without the auxiliary classifiers.

    C. Szegedy, W. Liu, Y. Jia, P. Sermanet, S. Reed, D. Anguelov, D. Erhan, V. Vanhoucke and
    A. Rabinovich (2015), *Going Deeper with Convolutions*.

    The auxiliary classifiers serve training only; this is the path that an image takes afterwards.

    Args:
        num_classes: Number of classes to tell apart.
        dropout: Probability of dropping a feature before the classifier.

    Shape:
        Images ``(N, 3, 224, 224)`` to logits ``(N, num_classes)``.
    """

    def __init__(self, num_classes: int = 1000, dropout: float = 0.2) -> None:
        """Build the stem, nine Inception modules and the classifier."""
        super().__init__()
        self.conv1 = ConvBlock(3, 64, kernel_size=7, stride=2)
        self.maxpool1 = nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True)
        self.conv2 = ConvBlock(64, 64, kernel_size=1)
        self.conv3 = ConvBlock(64, 192, kernel_size=3)
        self.maxpool2 = nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True)
        self.inception3a = Inception(192, 64, (96, 128), (16, 32), 32)
        self.inception3b = Inception(256, 128, (128, 192), (32, 96), 64)
        self.maxpool3 = nn.MaxPool2d(kernel_size=3, stride=2, ceil_mode=True)
        self.inception4a = Inception(480, 192, (96, 208), (16, 48), 64)
        self.inception4b = Inception(512, 160, (112, 224), (24, 64), 64)
        self.inception4c = Inception(512, 128, (128, 256), (24, 64), 64)
        self.inception4d = Inception(512, 112, (144, 288), (32, 64), 64)
        self.inception4e = Inception(528, 256, (160, 320), (32, 128), 128)
        self.maxpool4 = nn.MaxPool2d(kernel_size=2, stride=2, ceil_mode=True)
        self.inception5a = Inception(832, 256, (160, 320), (32, 128), 128)
        self.inception5b = Inception(832, 384, (192, 384), (48, 128), 128)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.dropout = nn.Dropout(dropout)
        self.fc = nn.Linear(1024, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch of images."""
        x = self.maxpool1(self.conv1(x))
        x = self.maxpool2(self.conv3(self.conv2(x)))
        x = self.inception3b(self.inception3a(x))
        x = self.maxpool3(x)
        x = self.inception4a(x)
        x = self.inception4b(x)
        x = self.inception4c(x)
        x = self.inception4d(x)
        x = self.inception4e(x)
        x = self.maxpool4(x)
        x = self.inception5b(self.inception5a(x))
        x = torch.flatten(self.avgpool(x), 1)
        x = self.fc(self.dropout(x))
        return x
