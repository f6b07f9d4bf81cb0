"""Whether a run failed for want of values, or for what the author should know.

Torch has no one error for it: a meta tensor that is read, an operation that is written for real
tensors only, a fake tensor that is handed to NumPy, each is told in words of its own.
"""

from __future__ import annotations

from torch._subclasses import fake_tensor

__all__ = ["lacks_values"]

_WORDS = ("meta", "fake", "data pointer", "tensor subclass", "storage")


def lacks_values(error: BaseException) -> bool:
    """Say whether *error* may come of tensors without values: a real run may then do better.

    Where nobody can know, the answer is yes.
    """
    cause = error.__cause__ or error
    if isinstance(cause, NotImplementedError) or type(cause).__module__ == fake_tensor.__name__:
        return True
    said = " ".join(map(str, cause.args)).lower()
    return any(word in said for word in _WORDS)
