"""Vision Transformer."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class Attention(nn.Module):
    """Multi-head self-attention over all tokens.

    A. Vaswani et al. (2017), *Attention Is All You Need*, as used by A. Dosovitskiy et al. (2021),
    *An Image is Worth 16x16 Words: Transformers for Image Recognition at Scale*.

    Args:
        dim: Features of a token.
        num_heads: Number of heads; divides ``dim``.

    Shape:
        ``(N, L, dim)`` to ``(N, L, dim)``.
    """

    def __init__(self, dim: int, num_heads: int) -> None:
        """Build the projections into and out of the heads."""
        super().__init__()
        self.num_heads = num_heads
        self.qkv = nn.Linear(dim, 3 * dim)
        self.proj = nn.Linear(dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        """Return what each token gathers from all of them."""
        batch, length, dim = x.shape
        qkv: Tensor = self.qkv(x)
        qkv = qkv.reshape(batch, length, 3, self.num_heads, dim // self.num_heads)
        query, key, value = qkv.permute(2, 0, 3, 1, 4).unbind(0)
        x = F.scaled_dot_product_attention(query, key, value)
        x = x.transpose(1, 2).reshape(batch, length, dim)
        x = self.proj(x)
        return x


class MLP(nn.Module):
    """Two linear layers with a GELU between them, applied to each token.

    A. Dosovitskiy et al. (2021), *An Image is Worth 16x16 Words: Transformers for Image
    Recognition at Scale*.

    Args:
        dim: Features of a token.
        hidden_dim: Features between the layers.

    Shape:
        ``(N, L, dim)`` to ``(N, L, dim)``.
    """

    def __init__(self, dim: int, hidden_dim: int) -> None:
        """Build the layers."""
        super().__init__()
        self.fc1 = nn.Linear(dim, hidden_dim)
        self.act = nn.GELU()
        self.fc2 = nn.Linear(hidden_dim, dim)

    def forward(self, x: Tensor) -> Tensor:
        """Return the transformed tokens."""
        x = self.fc2(self.act(self.fc1(x)))
        return x


class Block(nn.Module):
    """One encoder layer: attention and MLP, each normalised before and skipped around.

    A. Dosovitskiy et al. (2021), *An Image is Worth 16x16 Words: Transformers for Image
    Recognition at Scale*.

    Args:
        dim: Features of a token.
        num_heads: Number of attention heads.
        hidden_dim: Features inside the MLP.

    Shape:
        ``(N, L, dim)`` to ``(N, L, dim)``.
    """

    def __init__(self, dim: int, num_heads: int, hidden_dim: int) -> None:
        """Build both halves."""
        super().__init__()
        self.norm1 = nn.LayerNorm(dim, eps=1e-6)
        self.attn = Attention(dim, num_heads)
        self.norm2 = nn.LayerNorm(dim, eps=1e-6)
        self.mlp = MLP(dim, hidden_dim)

    def forward(self, x: Tensor) -> Tensor:
        """Return the refined tokens."""
        x = x + self.attn(self.norm1(x))
        x = x + self.mlp(self.norm2(x))
        return x


class VisionTransformer(nn.Module):
    """A Transformer encoder over the patches of an image.

    A. Dosovitskiy, L. Beyer, A. Kolesnikov, D. Weissenborn, X. Zhai, T. Unterthiner, M. Dehghani,
    M. Minderer, G. Heigold, S. Gelly, J. Uszkoreit and N. Houlsby (2021), *An Image is Worth 16x16
    Words: Transformers for Image Recognition at Scale*.

    Args:
        image_size: Side of the square image, a multiple of ``patch_size``.
        patch_size: Side of a patch.
        dim: Features of a token.
        depth: Number of blocks.
        num_heads: Number of attention heads of a block.
        num_classes: Number of classes to tell apart.

    Shape:
        Images ``(N, 3, image_size, image_size)`` to logits ``(N, num_classes)``.
    """

    def __init__(
        self,
        image_size: int = 224,
        patch_size: int = 16,
        dim: int = 768,
        depth: int = 12,
        num_heads: int = 12,
        num_classes: int = 1000,
    ) -> None:
        """Build the patch embedding, the blocks and the classifier."""
        super().__init__()
        length = (image_size // patch_size) ** 2 + 1
        self.patch_embed = nn.Conv2d(3, dim, kernel_size=patch_size, stride=patch_size)
        self.class_token = nn.Parameter(torch.zeros(1, 1, dim))
        self.pos_embedding = nn.Parameter(torch.empty(1, length, dim).normal_(std=0.02))
        self.blocks = nn.Sequential(*(Block(dim, num_heads, 4 * dim) for _ in range(depth)))
        self.norm = nn.LayerNorm(dim, eps=1e-6)
        self.head = nn.Linear(dim, num_classes)

    def forward(self, x: Tensor) -> Tensor:
        """Return the logits of a batch of images."""
        x = self.patch_embed(x)
        x = x.flatten(2).transpose(1, 2)
        class_token = self.class_token.expand(x.shape[0], -1, -1)
        x = torch.cat([class_token, x], dim=1)
        x = x + self.pos_embedding
        x = self.norm(self.blocks(x))
        x = self.head(x[:, 0])
        return x


def vit_b_16(num_classes: int = 1000) -> VisionTransformer:
    """Return ViT-B/16, the base model on patches of 16x16 pixels.

    A. Dosovitskiy et al. (2021), *An Image is Worth 16x16 Words: Transformers for Image
    Recognition at Scale*.
    """
    return VisionTransformer(num_classes=num_classes)
