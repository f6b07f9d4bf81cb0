"""GPT-2: a decoder-only language model."""

import torch
from torch import Tensor, nn
from torch.nn import functional as F


class CausalSelfAttention(nn.Module):
    """Multi-head self-attention in which a token sees only itself and those before it.

    A. Radford et al. (2019), *Language Models are Unsupervised Multitask Learners*.

    Args:
        dim: Features of a token.
        num_heads: Number of heads; divides ``dim``.
        dropout: Probability of dropping an attention weight or a feature of the result.

    Shape:
        ``(N, L, dim)`` to ``(N, L, dim)``.
    """

    def __init__(self, dim: int, num_heads: int, dropout: float) -> None:
        """Build the projections into and out of the heads."""
        super().__init__()
        self.num_heads = num_heads
        self.dropout = dropout
        self.c_attn = nn.Linear(dim, 3 * dim)
        self.c_proj = nn.Linear(dim, dim)
        self.resid_dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return what each token gathers from its past."""
        batch, length, dim = x.shape
        heads = (batch, length, self.num_heads, dim // self.num_heads)
        query, key, value = self.c_attn(x).split(dim, dim=2)
        x = F.scaled_dot_product_attention(
            query.view(heads).transpose(1, 2),
            key.view(heads).transpose(1, 2),
            value.view(heads).transpose(1, 2),
            dropout_p=self.dropout if self.training else 0.0,
            is_causal=True,
        )
        x = x.transpose(1, 2).reshape(batch, length, dim)
        x = self.resid_dropout(self.c_proj(x))
        return x


class MLP(nn.Module):
    """Two linear layers with a GELU (tanh form) between them, applied to each token.

    A. Radford et al. (2019), *Language Models are Unsupervised Multitask Learners*.

    Args:
        dim: Features of a token; four times as many are used inside.
        dropout: Probability of dropping a feature of the result.

    Shape:
        ``(N, L, dim)`` to ``(N, L, dim)``.
    """

    def __init__(self, dim: int, dropout: float) -> None:
        """Build the layers."""
        super().__init__()
        self.c_fc = nn.Linear(dim, 4 * dim)
        self.act = nn.GELU(approximate="tanh")
        self.c_proj = nn.Linear(4 * dim, dim)
        self.dropout = nn.Dropout(dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return the transformed tokens."""
        x = self.dropout(self.c_proj(self.act(self.c_fc(x))))
        return x


class Block(nn.Module):
    """One layer: attention and MLP, each normalised before and skipped around.

    A. Radford et al. (2019), *Language Models are Unsupervised Multitask Learners*.

    Args:
        dim: Features of a token.
        num_heads: Number of attention heads.
        dropout: Probability of dropping a feature.

    Shape:
        ``(N, L, dim)`` to ``(N, L, dim)``.
    """

    def __init__(self, dim: int, num_heads: int, dropout: float) -> None:
        """Build both halves."""
        super().__init__()
        self.ln_1 = nn.LayerNorm(dim)
        self.attn = CausalSelfAttention(dim, num_heads, dropout)
        self.ln_2 = nn.LayerNorm(dim)
        self.mlp = MLP(dim, dropout)

    def forward(self, x: Tensor) -> Tensor:
        """Return the refined tokens."""
        x = x + self.attn(self.ln_1(x))
        x = x + self.mlp(self.ln_2(x))
        return x


class GPT2(nn.Module):
    """GPT-2, its head tied to the token embedding.

    A. Radford, J. Wu, R. Child, D. Luan, D. Amodei and I. Sutskever (2019), *Language Models are
    Unsupervised Multitask Learners*. The layers bear the names of OpenAI's code, whose 1x1
    convolutions are written as linear layers.

    Args:
        vocab_size: Number of tokens.
        context: Longest sequence.
        dim: Features of a token.
        depth: Number of blocks.
        num_heads: Number of attention heads of a block.
        dropout: Probability of dropping a feature.

    Shape:
        Token ids ``(N, L)`` of dtype long to logits ``(N, L, vocab_size)``; ``L <= context``.
    """

    def __init__(
        self,
        vocab_size: int = 50257,
        context: int = 1024,
        dim: int = 768,
        depth: int = 12,
        num_heads: int = 12,
        dropout: float = 0.1,
    ) -> None:
        """Build the embeddings, the blocks and the tied head."""
        super().__init__()
        self.wte = nn.Embedding(vocab_size, dim)
        self.wpe = nn.Embedding(context, dim)
        self.drop = nn.Dropout(dropout)
        self.h = nn.ModuleList(Block(dim, num_heads, dropout) for _ in range(depth))
        self.ln_f = nn.LayerNorm(dim)
        self.lm_head = nn.Linear(dim, vocab_size, bias=False)
        self.lm_head.weight = self.wte.weight

    def forward(self, input_ids: Tensor) -> Tensor:
        """Return, for each token, the logits of the one that follows."""
        position_ids = torch.arange(input_ids.shape[1], device=input_ids.device)
        x = self.drop(self.wte(input_ids) + self.wpe(position_ids))
        for block in self.h:
            x = block(x)
        logits: Tensor = self.lm_head(self.ln_f(x))
        return logits


def gpt2_small() -> GPT2:
    """Return the smallest GPT-2, of 124 million parameters.

    A. Radford et al. (2019), *Language Models are Unsupervised Multitask Learners*.
    """
    return GPT2()
