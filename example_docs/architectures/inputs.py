"""Inputs that a line of shapes cannot say: functions for the ``:inputs:`` option."""

import torch
from torch import Tensor


def translation_batch() -> dict[str, Tensor]:
    """Return one sentence pair for the Transformer, as keyword inputs.

    Returns:
        ``src``, the ids ``(1, 10)`` of a source sentence, and ``tgt``, the ids ``(1, 8)`` of its
        translation; both of dtype long.
    """
    src = [[5, 812, 43, 9, 2750, 61, 18, 330, 7, 2]]
    tgt = [[1, 14, 977, 52, 8, 3104, 26, 6]]
    return {"src": torch.tensor(src), "tgt": torch.tensor(tgt)}
