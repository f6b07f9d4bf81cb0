"""The encoder-decoder Transformer."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class PositionalEncoding(nn.Module):
    """Sines and cosines of the position, added to the tokens.

    A. Vaswani et al. (2017), *Attention Is All You Need*, section 3.5.

    Args:
        dim: Features of a token; even.
        dropout: Probability of dropping a feature of the sum.
        max_length: Longest sequence.

    Shape:
        ``(N, L, dim)`` to ``(N, L, dim)``; ``L <= max_length``.
    """

    table: Tensor

    def __init__(self, dim: int, dropout: float, max_length: int = 512) -> None:
        """Compute the table of encodings."""
        super().__init__()
        position = torch.arange(max_length).unsqueeze(1)
        frequency = torch.exp(torch.arange(0, dim, 2) * (-math.log(10000.0) / dim))
        angle = position * frequency
        table = torch.stack([angle.sin(), angle.cos()], dim=2).flatten(1)
        self.register_buffer("table", table, persistent=False)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return the tokens with their positions added."""
        x = self.dropout(x + self.table[: x.shape[1]])
        return x


class Attention(nn.Module):
    """Multi-head attention from one sequence to another, or to itself.

    A. Vaswani et al. (2017), *Attention Is All You Need*, section 3.2.

    Args:
        dim: Features of a token.
        num_heads: Number of heads; divides ``dim``.
        causal: Whether a token sees only itself and those before it.

    Shape:
        Queries ``(N, L, dim)`` and memory ``(N, S, dim)`` to ``(N, L, dim)``.
    """

    def __init__(self, dim: int, num_heads: int, causal: bool = False) -> None:
        """Build the projections into and out of the heads."""
        super().__init__()
        self.num_heads = num_heads
        self.causal = causal
        self.query = nn.Linear(dim, dim)
        self.key = nn.Linear(dim, dim)
        self.value = nn.Linear(dim, dim)
        self.out = nn.Linear(dim, dim)

    def _heads(self, x: Tensor) -> Tensor:
        """Return ``(N, L, dim)`` as ``(N, num_heads, L, dim / num_heads)``."""
        batch, length, dim = x.shape
        return x.view(batch, length, self.num_heads, dim // self.num_heads).transpose(1, 2)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        """Return what each token of ``x`` gathers from ``memory``."""
        x = F.scaled_dot_product_attention(
            self._heads(self.query(x)),
            self._heads(self.key(memory)),
            self._heads(self.value(memory)),
            is_causal=self.causal,
        )
        x = self.out(x.transpose(1, 2).flatten(2))
        return x


class FeedForward(nn.Sequential):
    """Two linear layers with a ReLU between them, applied to each token.

    A. Vaswani et al. (2017), *Attention Is All You Need*, section 3.3.

    Args:
        dim: Features of a token.
        hidden_dim: Features between the layers.

    Shape:
        ``(N, L, dim)`` to ``(N, L, dim)``.
    """

    def __init__(self, dim: int, hidden_dim: int) -> None:
        """Build the layers."""
        super().__init__(nn.Linear(dim, hidden_dim), nn.ReLU(), nn.Linear(hidden_dim, dim))


class EncoderLayer(nn.Module):
    """Self-attention and feed-forward, each skipped around and normalised after.

    A. Vaswani et al. (2017), *Attention Is All You Need*, section 3.1.

    Args:
        dim: Features of a token.
        num_heads: Number of attention heads.
        hidden_dim: Features inside the feed-forward part.
        dropout: Probability of dropping a feature before it is added.

    Shape:
        ``(N, S, dim)`` to ``(N, S, dim)``.
    """

    def __init__(self, dim: int, num_heads: int, hidden_dim: int, dropout: float) -> None:
        """Build both parts."""
        super().__init__()
        self.self_attn = Attention(dim, num_heads)
        self.norm1 = nn.LayerNorm(dim)
        self.feed_forward = FeedForward(dim, hidden_dim)
        self.norm2 = nn.LayerNorm(dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return the refined source tokens."""
        x = self.norm1(x + self.dropout(self.self_attn(x, x)))
        x = self.norm2(x + self.dropout(self.feed_forward(x)))
        return x


class DecoderLayer(nn.Module):
    """Causal self-attention, attention to the source, and feed-forward.

    A. Vaswani et al. (2017), *Attention Is All You Need*, section 3.1.

    Args:
        dim: Features of a token.
        num_heads: Number of attention heads.
        hidden_dim: Features inside the feed-forward part.
        dropout: Probability of dropping a feature before it is added.

    Shape:
        Target ``(N, L, dim)`` and memory ``(N, S, dim)`` to ``(N, L, dim)``.
    """

    def __init__(self, dim: int, num_heads: int, hidden_dim: int, dropout: float) -> None:
        """Build the three parts."""
        super().__init__()
        self.self_attn = Attention(dim, num_heads, causal=True)
        self.norm1 = nn.LayerNorm(dim)
        self.cross_attn = Attention(dim, num_heads)
        self.norm2 = nn.LayerNorm(dim)
        self.feed_forward = FeedForward(dim, hidden_dim)
        self.norm3 = nn.LayerNorm(dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor, memory: Tensor) -> Tensor:
        """Return the refined target tokens."""
        x = self.norm1(x + self.dropout(self.self_attn(x, x)))
        x = self.norm2(x + self.dropout(self.cross_attn(x, memory)))
        x = self.norm3(x + self.dropout(self.feed_forward(x)))
        return x


class Transformer(nn.Module):
    """The Transformer for translation, by default the paper's base model.

    A. Vaswani, N. Shazeer, N. Parmar, J. Uszkoreit, L. Jones, A. N. Gomez, L. Kaiser and
    I. Polosukhin (2017), *Attention Is All You Need*.

    Both embeddings and the last linear layer share one weight, as in the paper (section 3.4).
    Padding is not masked: sentences of a batch are taken to be of equal length.

    Args:
        vocab_size: Number of tokens that both languages share.
        dim: Features of a token.
        depth: Number of layers of the encoder, and of the decoder.
        num_heads: Number of attention heads of a layer.
        hidden_dim: Features inside the feed-forward parts.
        dropout: Probability of dropping a feature.

    Shape:
        Source ids ``(N, S)`` and target ids ``(N, L)`` of dtype long to logits
        ``(N, L, vocab_size)``.
    """

    def __init__(
        self,
        vocab_size: int = 37000,
        dim: int = 512,
        depth: int = 6,
        num_heads: int = 8,
        hidden_dim: int = 2048,
        dropout: float = 0.1,
    ) -> None:
        """Build the embeddings, both stacks of layers and the tied head."""
        super().__init__()
        self.scale = math.sqrt(dim)
        self.src_embedding = nn.Embedding(vocab_size, dim)
        self.tgt_embedding = nn.Embedding(vocab_size, dim)
        self.src_position = PositionalEncoding(dim, dropout)
        self.tgt_position = PositionalEncoding(dim, dropout)
        self.encoder = nn.ModuleList(
            EncoderLayer(dim, num_heads, hidden_dim, dropout) for _ in range(depth)
        )
        self.decoder = nn.ModuleList(
            DecoderLayer(dim, num_heads, hidden_dim, dropout) for _ in range(depth)
        )
        self.head = nn.Linear(dim, vocab_size, bias=False)
        self.src_embedding.weight = self.head.weight
        self.tgt_embedding.weight = self.head.weight

    def forward(self, src: Tensor, tgt: Tensor) -> Tensor:
        """Return, for each target token, the logits of the one that follows."""
        memory = self.src_position(self.src_embedding(src) * self.scale)
        for layer in self.encoder:
            memory = layer(memory)
        x = self.tgt_position(self.tgt_embedding(tgt) * self.scale)
        for layer in self.decoder:
            x = layer(x, memory)
        logits: Tensor = self.head(x)
        return logits
