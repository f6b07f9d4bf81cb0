"""MLP-Mixer: linear layers only, across patches and across channels."""

from torch import Tensor, nn


class MLP(nn.Sequential):
    """Two linear layers with a GELU between them.

    I. Tolstikhin et al. (2021), *MLP-Mixer: An all-MLP Architecture for Vision*.

    Args:
        dim: Features of the last axis.
        hidden_dim: Features between the layers.

    Shape:
        ``(..., dim)`` to ``(..., dim)``.
    """

    def __init__(self, dim: int, hidden_dim: int) -> None:
        """Build the layers."""
        super().__init__(nn.Linear(dim, hidden_dim), nn.GELU(), nn.Linear(hidden_dim, dim))


class MixerBlock(nn.Module):
    """Mixing across patches, then across channels, each skipped around.

    I. Tolstikhin et al. (2021), *MLP-Mixer: An all-MLP Architecture for Vision*.

    Args:
        length: Number of patches.
        dim: Channels of a patch.
        token_dim: Features inside the MLP across patches.
        channel_dim: Features inside the MLP across channels.

    Shape:
        ``(N, length, dim)`` to ``(N, length, dim)``.
    """

    def __init__(self, length: int, dim: int, token_dim: int, channel_dim: int) -> None:
        """Build both halves."""
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.token_mixing = MLP(length, token_dim)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.channel_mixing = MLP(dim, channel_dim)

    def forward(self, x: Tensor) -> Tensor:
        """Return the mixed patches."""
        x = x + self.token_mixing(self.norm1(x).transpose(1, 2)).transpose(1, 2)
        x = x + self.channel_mixing(self.norm2(x))
        return x


class MLPMixer(nn.Module):
    """An image classifier without convolution (but for the patches) and without attention.

    I. Tolstikhin, N. Houlsby, A. Kolesnikov, L. Beyer, X. Zhai, T. Unterthiner, J. Yung,
    A. Steiner, D. Keysers, J. Uszkoreit, M. Lucic and A. Dosovitskiy (2021), *MLP-Mixer: An
    all-MLP Architecture for Vision*.

    Args:
        image_size: Side of the square image, a multiple of ``patch_size``.
        patch_size: Side of a patch.
        dim: Channels of a patch; the MLP across patches has half as many features inside and the
            one across channels four times as many.
        depth: Number of blocks.
        num_classes: Number of classes to tell apart.

    Shape:
        Images ``(N, 3, image_size, image_size)`` to logits ``(N, num_classes)``.
    """

    def __init__(
        self,
        image_size: int = 224,
        patch_size: int = 16,
        dim: int = 512,
        depth: int = 8,
        num_classes: int = 1000,
    ) -> None:
        """Build the patch embedding, the blocks and the classifier."""
        super().__init__()
        length = (image_size // patch_size) ** 2
        self.patch_embed = nn.Conv2d(3, dim, kernel_size=patch_size, stride=patch_size)
        self.blocks = nn.Sequential(
            *(MixerBlock(length, dim, dim // 2, 4 * dim) for _ in range(depth))
        )
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.head = nn.Linear(dim, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch of images."""
        x = self.patch_embed(x)
        x = x.flatten(2).transpose(1, 2)
        x = self.norm(self.blocks(x))
        x = self.head(x.mean(dim=1))
        return x


def mixer_s_16(num_classes: int = 1000) -> MLPMixer:
    """Return Mixer-S/16, the small model on patches of 16x16 pixels.

    I. Tolstikhin et al. (2021), *MLP-Mixer: An all-MLP Architecture for Vision*.
    """
    return MLPMixer(num_classes=num_classes)
