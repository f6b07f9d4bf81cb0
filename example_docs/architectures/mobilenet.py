"""MobileNetV2: inverted residuals."""

from torch import Tensor, nn


class ConvBNReLU(nn.Sequential):
    """A convolution with batch normalisation and ReLU6.

    M. Sandler, A. Howard, M. Zhu, A. Zhmoginov and L.-C. Chen (2018), *MobileNetV2: Inverted
    Residuals and Linear Bottlenecks*.

    Args:
        in_channels: Channels that come in.
        out_channels: Channels that go out.
        kernel_size: Side of the filter.
        stride: Stride of the filter.
        groups: Groups of channels that are filtered apart.

    Shape:
        ``(N, in_channels, H, W)`` to ``(N, out_channels, H / stride, W / stride)``.
    """

    def __init__(
        self,
        in_channels: int,
        out_channels: int,
        kernel_size: int,
        stride: int = 1,
        groups: int = 1,
    ) -> None:
        """Build the three layers, padded to keep the size at stride one."""
        super().__init__(
            nn.Conv2d(
                in_channels,
                out_channels,
                kernel_size,
                stride=stride,
                padding=kernel_size // 2,
                groups=groups,
                bias=False,
            ),
            nn.BatchNorm2d(out_channels),
            nn.ReLU6(inplace=True),
        )


class InvertedResidual(nn.Module):
    """Expand, filter each channel by itself, project; a skip connection joins the narrow ends.

    M. Sandler, A. Howard, M. Zhu, A. Zhmoginov and L.-C. Chen (2018), *MobileNetV2: Inverted
    Residuals and Linear Bottlenecks*.

    Args:
        in_channels: Channels that come in.
        out_channels: Channels that go out.
        stride: Stride of the depthwise filter.
        expansion: How many times wider the block is inside.

    Shape:
        ``(N, in_channels, H, W)`` to ``(N, out_channels, H / stride, W / stride)``.
    """

    def __init__(self, in_channels: int, out_channels: int, stride: int, expansion: int) -> None:
        """Build the expansion (where there is one), the depthwise filter and the projection."""
        super().__init__()
        width = in_channels * expansion
        layers: list[nn.Module] = []
        if expansion != 1:
            layers.append(ConvBNReLU(in_channels, width, kernel_size=1))
        layers += [
            ConvBNReLU(width, width, kernel_size=3, stride=stride, groups=width),
            nn.Conv2d(width, out_channels, kernel_size=1, bias=False),
            nn.BatchNorm2d(out_channels),
        ]
        self.conv = nn.Sequential(*layers)
        self.has_skip = stride == 1 and in_channels == out_channels

    def forward(self, x: Tensor) -> Tensor:
        """Return the projected features, plus the input where the shapes agree."""
        features: Tensor = self.conv(x)
        return x + features if self.has_skip else features


class MobileNetV2(nn.Module):
    """MobileNetV2 at width one.

    M. Sandler, A. Howard, M. Zhu, A. Zhmoginov and L.-C. Chen (2018), *MobileNetV2: Inverted
    Residuals and Linear Bottlenecks*.

    Args:
        num_classes: Number of classes to tell apart.
        dropout: Probability of dropping a feature before the classifier.

    Shape:
        Images ``(N, 3, 224, 224)`` to logits ``(N, num_classes)``.
    """

    def __init__(self, num_classes: int = 1000, dropout: float = 0.2) -> None:
        """Build the stem, seventeen inverted residuals and the classifier."""
        super().__init__()
        # Table 2 of the paper: expansion, channels, number of blocks, stride of the first.
        stages = (
            (1, 16, 1, 1),
            (6, 24, 2, 2),
            (6, 32, 3, 2),
            (6, 64, 4, 2),
            (6, 96, 3, 1),
            (6, 160, 3, 2),
            (6, 320, 1, 1),
        )
        layers: list[nn.Module] = [ConvBNReLU(3, 32, kernel_size=3, stride=2)]
        channels = 32
        for expansion, width, depth, first_stride in stages:
            for i in range(depth):
                stride = first_stride if i == 0 else 1
                layers.append(InvertedResidual(channels, width, stride, expansion))
                channels = width
        layers.append(ConvBNReLU(channels, 1280, kernel_size=1))
        self.features = nn.Sequential(*layers)
        self.avgpool = nn.AdaptiveAvgPool2d((1, 1))
        self.flatten = nn.Flatten()
        self.classifier = nn.Sequential(nn.Dropout(dropout), nn.Linear(1280, num_classes))

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch of images."""
        x = self.features(x)
        x = self.flatten(self.avgpool(x))
        x = self.classifier(x)
        return x
