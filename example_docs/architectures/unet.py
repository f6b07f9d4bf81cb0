"""U-Net: a contracting path, an expanding path, and copies across."""

import torch
from torch import Tensor, nn


class DoubleConv(nn.Sequential):
    """Two padded 3x3 convolutions, each with batch normalisation and ReLU.

    After O. Ronneberger, P. Fischer and T. Brox (2015), *U-Net: Convolutional Networks for
    Biomedical Image Segmentation*, with the padding and normalisation of later implementations.

    Args:
        in_channels: Channels that come in.
        out_channels: Channels that go out.

    Shape:
        ``(N, in_channels, H, W)`` to ``(N, out_channels, H, W)``.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        """Build the six layers."""
        super().__init__(
            nn.Conv2d(in_channels, out_channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
            nn.Conv2d(out_channels, out_channels, kernel_size=3, padding=1, bias=False),
            nn.BatchNorm2d(out_channels),
            nn.ReLU(inplace=True),
        )


class Up(nn.Module):
    """Doubling of the resolution, joined with the features copied from the contracting path.

    O. Ronneberger, P. Fischer and T. Brox (2015), *U-Net: Convolutional Networks for Biomedical
    Image Segmentation*.

    Args:
        in_channels: Channels that come in from below.
        out_channels: Channels of the copied features, and of what goes out.

    Shape:
        ``(N, in_channels, H, W)`` and ``(N, out_channels, 2H, 2W)`` to
        ``(N, out_channels, 2H, 2W)``.
    """

    def __init__(self, in_channels: int, out_channels: int) -> None:
        """Build the transposed convolution and the double convolution."""
        super().__init__()
        self.up = nn.ConvTranspose2d(in_channels, out_channels, kernel_size=2, stride=2)
        self.conv = DoubleConv(2 * out_channels, out_channels)

    def forward(self, x: Tensor, skip: Tensor) -> Tensor:
        """Return the features at the resolution of ``skip``."""
        x = self.up(x)
        x = torch.cat([skip, x], dim=1)
        x = self.conv(x)
        return x


class UNet(nn.Module):
    """U-Net with padded convolutions and batch normalisation.

    O. Ronneberger, P. Fischer and T. Brox (2015), *U-Net: Convolutional Networks for Biomedical
    Image Segmentation*.

    The paper's convolutions are unpadded and its copies cropped to fit. Here, as in most
    implementations of today, padding keeps the size, so that the mask is as large as the image.

    Args:
        in_channels: Channels of the image.
        num_classes: Number of classes a pixel may have.

    Shape:
        Images ``(N, in_channels, H, W)`` to logits ``(N, num_classes, H, W)``; H and W are
        multiples of 16.
    """

    def __init__(self, in_channels: int = 3, num_classes: int = 2) -> None:
        """Build both paths."""
        super().__init__()
        self.pool = nn.MaxPool2d(kernel_size=2)
        self.enc1 = DoubleConv(in_channels, 64)
        self.enc2 = DoubleConv(64, 128)
        self.enc3 = DoubleConv(128, 256)
        self.enc4 = DoubleConv(256, 512)
        self.bottom = DoubleConv(512, 1024)
        self.dec4 = Up(1024, 512)
        self.dec3 = Up(512, 256)
        self.dec2 = Up(256, 128)
        self.dec1 = Up(128, 64)
        self.head = nn.Conv2d(64, num_classes, kernel_size=1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of every pixel of a batch of images."""
        skip1 = self.enc1(x)
        skip2 = self.enc2(self.pool(skip1))
        skip3 = self.enc3(self.pool(skip2))
        skip4 = self.enc4(self.pool(skip3))
        x = self.bottom(self.pool(skip4))
        x = self.dec4(x, skip4)
        x = self.dec3(x, skip3)
        x = self.dec2(x, skip2)
        x = self.dec1(x, skip1)
        x = self.head(x)
        return x
