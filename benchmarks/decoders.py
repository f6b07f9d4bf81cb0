"""Decoders of the sizes of Llama 2 in plain torch: what a figure of 140 or 14 GB costs.

H. Touvron et al. (2023), *Llama 2: Open Foundation and Fine-Tuned Chat Models*.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor, nn
from torch.nn import functional

__all__ = ["Decoder", "Sizes", "llama_2_7b", "llama_2_70b"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Sizes:
    """What tells one decoder from another; *groups* is the number of heads of keys and values."""

    features: int
    layers: int
    heads: int
    groups: int
    hidden: int
    tokens: int = 32_000
    context: int = 4_096


class RMSNorm(nn.Module):
    """B. Zhang and R. Sennrich (2019), *Root Mean Square Layer Normalization*."""

    def __init__(self, features: int) -> None:
        """Build the gain."""
        super().__init__()
        self.weight = nn.Parameter(torch.ones(features))

    def forward(self, x: Tensor) -> Tensor:
        """Return the tokens at a mean square of 1."""
        return self.weight * (x * torch.rsqrt(x.pow(2).mean(-1, keepdim=True) + 1e-5))


def rotated(x: Tensor, tables: tuple[Tensor, Tensor]) -> Tensor:
    """Return queries or keys turned by their positions (J. Su et al., 2021, *RoFormer*)."""
    cos, sin = tables
    one, two = x.chunk(2, dim=-1)
    return x * cos + torch.cat((-two, one), dim=-1) * sin


class Attention(nn.Module):
    """Causal attention in which some heads share their keys and values."""

    def __init__(self, sizes: Sizes) -> None:
        """Build the projections."""
        super().__init__()
        self.width = sizes.features // sizes.heads
        self.q_proj = nn.Linear(sizes.features, sizes.features, bias=False)
        self.k_proj = nn.Linear(sizes.features, sizes.groups * self.width, bias=False)
        self.v_proj = nn.Linear(sizes.features, sizes.groups * self.width, bias=False)
        self.o_proj = nn.Linear(sizes.features, sizes.features, bias=False)
        self.shared = sizes.heads // sizes.groups

    def forward(self, x: Tensor, tables: tuple[Tensor, Tensor]) -> Tensor:
        """Return what each token gathers from its past."""
        rows, length, features = x.shape
        query, key, value = (
            projected.view(rows, length, -1, self.width).transpose(1, 2)
            for projected in (self.q_proj(x), self.k_proj(x), self.v_proj(x))
        )
        query, key = rotated(query, tables), rotated(key, tables)
        if self.shared > 1:
            key = key.repeat_interleave(self.shared, dim=1)
            value = value.repeat_interleave(self.shared, dim=1)
        found = functional.scaled_dot_product_attention(query, key, value, is_causal=True)
        out: Tensor = self.o_proj(found.transpose(1, 2).reshape(rows, length, features))
        return out


class SwiGLU(nn.Module):
    """N. Shazeer (2020), *GLU Variants Improve Transformer*."""

    def __init__(self, sizes: Sizes) -> None:
        """Build the three projections."""
        super().__init__()
        self.gate_proj = nn.Linear(sizes.features, sizes.hidden, bias=False)
        self.up_proj = nn.Linear(sizes.features, sizes.hidden, bias=False)
        self.down_proj = nn.Linear(sizes.hidden, sizes.features, bias=False)

    def forward(self, x: Tensor) -> Tensor:
        """Return the transformed tokens."""
        out: Tensor = self.down_proj(functional.silu(self.gate_proj(x)) * self.up_proj(x))
        return out


class Block(nn.Module):
    """Attention and SwiGLU, each normalised before and skipped around."""

    def __init__(self, sizes: Sizes) -> None:
        """Build both halves."""
        super().__init__()
        self.input_layernorm = RMSNorm(sizes.features)
        self.self_attn = Attention(sizes)
        self.post_attention_layernorm = RMSNorm(sizes.features)
        self.mlp = SwiGLU(sizes)

    def forward(self, x: Tensor, tables: tuple[Tensor, Tensor]) -> Tensor:
        """Return the refined tokens."""
        x = x + self.self_attn(self.input_layernorm(x), tables)
        out: Tensor = x + self.mlp(self.post_attention_layernorm(x))
        return out


class Decoder(nn.Module):
    """A decoder-only language model whose layers share one pair of tables of rotations."""

    cos: Tensor
    sin: Tensor

    def __init__(self, sizes: Sizes) -> None:
        """Build the embedding, the blocks, the tables and the head."""
        super().__init__()
        self.embed_tokens = nn.Embedding(sizes.tokens, sizes.features)
        self.layers = nn.ModuleList(Block(sizes) for _ in range(sizes.layers))
        self.norm = RMSNorm(sizes.features)
        self.lm_head = nn.Linear(sizes.features, sizes.tokens, bias=False)
        width = sizes.features // sizes.heads
        rates = 1.0 / 10_000.0 ** (torch.arange(0, width, 2) / width)
        angles = torch.outer(torch.arange(sizes.context), torch.cat((rates, rates)))
        self.register_buffer("cos", angles.cos(), persistent=False)
        self.register_buffer("sin", angles.sin(), persistent=False)

    def forward(self, input_ids: Tensor) -> Tensor:
        """Return, for each token, the logits of the one that follows."""
        length = input_ids.shape[1]
        tables = self.cos[:length], self.sin[:length]
        x = self.embed_tokens(input_ids)
        for layer in self.layers:
            x = layer(x, tables)
        logits: Tensor = self.lm_head(self.norm(x))
        return logits


def llama_2_7b() -> Decoder:
    """Return a decoder of 6.7 billion parameters: 27 GB as float32."""
    return Decoder(Sizes(features=4096, layers=32, heads=32, groups=32, hidden=11008))


def llama_2_70b() -> Decoder:
    """Return a decoder of 69 billion parameters: 276 GB as float32."""
    return Decoder(Sizes(features=8192, layers=80, heads=64, groups=8, hidden=28672))
