"""The interface of chat models that show their attention weights and hidden states."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, runtime_checkable

import numpy as np
from langchain_core.messages import BaseMessage
from numpy.typing import NDArray

States = NDArray[np.float32]
NO_INSIGHT = "only models opened with transformers show attention weights and hidden states"


@dataclass(frozen=True, slots=True, eq=False)
class Inside:
    """One pass over a reply."""

    logprobs: tuple[float, ...]  # nats, of the reply's N tokens
    attention: Mapping[
        int, tuple[float, ...]
    ]  # layer (from 0) → of its selected head, N − 1 weights; may be empty
    before: States  # after the last token of the prompt, shape (layers + 1, d)
    after: States  # at the last scored token of the reply
    prompt_tokens: int  # read, the reply included
    cached_tokens: int  # of those, taken from the prefix cache


@runtime_checkable
class ShowsInside(Protocol):
    """A chat model that shows its attention weights and hidden states."""

    def inside(self, messages: Sequence[BaseMessage], text: str, end: int) -> Inside:
        """What is inside of the model while it reads the text as its reply; ``end``: where the scored part ends.

        Raises MessageTooLong, CannotScore, EngineStopped.
        """
