"""Texts of tokens that share their beginnings, as a tree: a model reads each shared token once."""

from collections.abc import Sequence
from typing import Any

import numpy as np


class TokenTree:
    """Tokens in the order in which the model reads them; each sees only the path that leads to it.

    The first tokens are a text that the model has read already.

    >>> tree = TokenTree([5, 6])
    >>> tree.grow([5, 6, 7, 8]), tree.grow([5, 6, 7, 9]), tree.grow([5, 6, 7, 9]), tree.tokens
    (3, 4, 4, [5, 6, 7, 8, 9])
    >>> tree.depths, tree.sees([4]).astype(int).tolist()
    ([0, 1, 2, 3, 3], [[1, 1, 1, 0, 1]])
    """

    def __init__(self, known: Sequence[int]) -> None:
        self.tokens = list(known)
        self.depths = list(range(len(known)))
        self._parents = list(range(-1, len(known) - 1))
        self._known = len(known)
        self._places = {(place - 1, token): place for place, token in enumerate(known)}

    def __len__(self) -> int:
        return len(self.tokens)

    def grow(self, text: Sequence[int]) -> int:
        """Add what is new in a text and return the place of its last token, which is read even if it is known."""
        place, shared = self._follow(text)
        for token in text[shared:]:
            place = self.add(place, token)
        return place

    def new(self, text: Sequence[int]) -> int:
        """How many tokens ``grow`` would add."""
        return len(text) - self._follow(text)[1]

    def add(self, parent: int, token: int) -> int:
        """Add a token after that at the place ``parent`` and return its place."""
        place = len(self.tokens)
        self.tokens.append(token)
        self.depths.append(self.depths[parent] + 1)
        self._parents.append(parent)
        self._places.setdefault((parent, token), place)
        return place

    def path(self, place: int) -> list[int]:
        """The places that lead to a token, itself included."""
        return np.flatnonzero(self.sees([place])[0]).tolist()

    def sees(self, places: Sequence[int]) -> "np.ndarray[Any, np.dtype[np.bool_]]":
        """Which tokens each of these sees, shape (places, tokens)."""
        seen = np.zeros((len(places), len(self.tokens)), dtype=bool)
        for row, place in zip(seen, places, strict=True):
            while place >= self._known:
                row[place] = True
                place = self._parents[place]
            row[: place + 1] = True
        return seen

    def _follow(self, text: Sequence[int]) -> tuple[int, int]:
        """The place of the last token of the longest shared beginning, and its length."""
        place = -1
        for shared, token in enumerate(text):
            following = self._places.get((place, token))
            if following is None or (shared == len(text) - 1 and following < self._known):
                return place, shared
            place = following
        return place, len(text)
