"""The words of a reply before its confidence: how the model shared its probability there, and how far it has moved.

Confidence and answer come from the same weights: what teaches the one moves the other, unless moving has a price.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

KEPT = 16  # most probable tokens of each position; the others count together
SMALLEST = 1e-9  # probability left over below which its logarithm is not followed further
# Of each position: token ids and their log-probabilities, nats.
Words = tuple[tuple[tuple[int, ...], tuple[float, ...]], ...]


def words_of(logits: "Tensor") -> Words:
    """The most probable tokens at each position, from logits of shape (positions, vocabulary)."""
    found = logits.float().log_softmax(-1).topk(min(KEPT, logits.shape[-1]), -1)
    return tuple(
        (tuple(ids), tuple(round(logprob, 4) for logprob in logprobs))
        for ids, logprobs in zip(found.indices.tolist(), found.values.tolist(), strict=True)
    )


def words_batch(words: Sequence[Words]) -> dict[str, "Tensor"]:
    """Words of several replies as tensors, the last position of each in the last place; what is missing has no weight.

    ``word_ids`` and ``word_logprobs`` have shape (B, longest, KEPT), ``word_weights`` (B, longest) is 1 or 0.
    """
    import torch

    longest = max(map(len, words), default=0)
    kept = max((len(ids) for word in words for ids, _ in word), default=1)
    ids = torch.zeros(len(words), longest, kept, dtype=torch.long)
    logprobs = torch.full((len(words), longest, kept), -float("inf"))
    weights = torch.zeros(len(words), longest)
    for row, one in enumerate(words):
        for place, (tokens, values) in enumerate(one, longest - len(one)):
            ids[row, place] = torch.tensor(tokens)
            logprobs[row, place] = torch.tensor(values)
            weights[row, place] = 1
    return {"word_ids": ids, "word_logprobs": logprobs, "word_weights": weights}


def words_divergence(logits: "Tensor", ids: "Tensor", logprobs: "Tensor", weights: "Tensor") -> "Tensor":
    """How far the words of each reply have moved: Σ_t KL(π₀ ‖ π) at its positions t, nats, shape (B,).

    KL = Σ_v π₀(v) · ln(π₀(v) / π(v)) over the kept tokens v and, as one more, all others together.

    Parameters
    ----------
    logits : of the positions now, shape (B, longest, vocabulary)
    ids, logprobs, weights : of ``words_batch``
    """
    now = logits.float().log_softmax(-1).gather(-1, ids)
    before = logprobs.exp()
    moved = (before * (logprobs - now)).masked_fill(before == 0, 0).sum(-1)
    rest, rest0 = ((1 - one.sum(-1)).clamp(min=SMALLEST) for one in (now.exp(), before))
    return ((moved + rest0 * (rest0 / rest).log()) * weights).sum(-1)
