"""A transformer of shifted windows in plain torch: many small functions between the layers.

Z. Liu et al. (2021), *Swin Transformer: Hierarchical Vision Transformer using Shifted Windows*.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Swin", "swin_tiny"]


class WindowAttention(nn.Module):
    """Attention within windows, the windows shifted by *shift* places."""

    def __init__(self, features: int, heads: int, window: int, shift: int) -> None:
        """Build the projections and the bias of the relative positions."""
        super().__init__()
        self.heads, self.window, self.shift = heads, window, shift
        self.qkv = nn.Linear(features, 3 * features)
        self.proj = nn.Linear(features, features)
        self.table = nn.Parameter(torch.zeros((2 * window - 1) ** 2, heads))
        places = torch.arange(window)
        grid = torch.stack(torch.meshgrid(places, places, indexing="ij")).flatten(1)
        apart = grid[:, :, None] - grid[:, None, :] + window - 1
        self.register_buffer("index", apart[0] * (2 * window - 1) + apart[1])

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, H, W, C) tokens that have seen those of their window."""
        if self.shift:
            x = torch.roll(x, (-self.shift, -self.shift), (1, 2))
        rows, high, wide, features = x.shape
        side = self.window
        x = x.view(rows, high // side, side, wide // side, side, features)
        x = x.permute(0, 1, 3, 2, 4, 5).reshape(-1, side * side, features)
        shape = (x.shape[0], side * side, 3, self.heads, features // self.heads)
        query, key, value = self.qkv(x).reshape(shape).permute(2, 0, 3, 1, 4).unbind(0)
        query = query * (features // self.heads) ** -0.5
        index = self.get_buffer("index").view(-1)
        bias = self.table[index].view(side * side, side * side, -1).permute(2, 0, 1)
        scores = query @ key.transpose(-2, -1) + bias.contiguous().unsqueeze(0)
        x = functional.softmax(scores, dim=-1) @ value
        x = self.proj(x.transpose(1, 2).reshape(-1, side * side, features))
        x = x.view(rows, high // side, wide // side, side, side, features)
        x = x.permute(0, 1, 3, 2, 4, 5).reshape(rows, high, wide, features)
        if self.shift:
            x = torch.roll(x, (self.shift, self.shift), (1, 2))
        return x


class Block(nn.Module):
    """Attention and a perceptron, each normalised before and skipped around."""

    def __init__(self, features: int, heads: int, window: int, shift: int) -> None:
        """Build both halves."""
        super().__init__()
        self.norm1 = nn.LayerNorm(features)
        self.attn = WindowAttention(features, heads, window, shift)
        self.norm2 = nn.LayerNorm(features)
        self.mlp = nn.Sequential(
            nn.Linear(features, 4 * features), nn.GELU(), nn.Linear(4 * features, features)
        )

    def forward(self, x: Tensor) -> Tensor:
        """Return the refined tokens."""
        x = x + self.attn(self.norm1(x))
        out: Tensor = x + self.mlp(self.norm2(x))
        return out


class PatchMerging(nn.Module):
    """Joins four neighbours into one token of twice the features."""

    def __init__(self, features: int) -> None:
        """Build norm and projection."""
        super().__init__()
        self.norm = nn.LayerNorm(4 * features)
        self.reduction = nn.Linear(4 * features, 2 * features, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return (N, H/2, W/2, 2·C) tokens."""
        parts = [x[:, row::2, column::2] for column in (0, 1) for row in (0, 1)]
        out: Tensor = self.reduction(self.norm(torch.cat(parts, dim=-1)))
        return out


class Swin(nn.Module):
    """Four stages of blocks at falling resolutions."""

    def __init__(self, features: int, depths: tuple[int, ...], heads: tuple[int, ...]) -> None:
        """Build patches, stages and head."""
        super().__init__()
        window = 7
        self.patches = nn.Conv2d(3, features, 4, 4)
        self.norm = nn.LayerNorm(features)
        stages: list[nn.Module] = []
        for number, (depth, many) in enumerate(zip(depths, heads, strict=True)):
            wide = features * 2**number
            if number:
                stages.append(PatchMerging(wide // 2))
            shifts = [index % 2 * (window // 2) for index in range(depth)]
            stages.append(nn.Sequential(*(Block(wide, many, window, shift) for shift in shifts)))
        self.stages = nn.Sequential(*stages)
        self.head = nn.Linear(features * 2 ** (len(depths) - 1), 1000)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores of the classes."""
        x = self.norm(self.patches(x).permute(0, 2, 3, 1))
        out: Tensor = self.head(self.stages(x).mean((1, 2)))
        return out


def swin_tiny() -> Swin:
    """Return Swin-T, of 28 million parameters."""
    return Swin(96, (2, 2, 6, 2), (3, 6, 12, 24))
