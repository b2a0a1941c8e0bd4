"""The true log-probability of a character that llama.cpp wrote as several tokens.

The server reports one entry with all the bytes of the character, but with the id and
log-probability of its last token only, so the character looks more probable than it was. The
earlier tokens are looked up here with one short request each: `/completion` reports the raw
distribution at a position, and a large bias on an ordinary token keeps it from waiting for the
rest of the character.
"""

from collections.abc import Callable, Iterable
from typing import Any

from chains.errors import EngineStopped

Entry = dict[str, Any]
Post = Callable[[str, dict[str, Any]], dict[str, Any]]
_FEW, _ALL = 100, 1_000_000  # alternatives to request: a few first, then the whole vocabulary


class PieceRepair:
    """Corrects the entries of one reply, in order; `post` sends a request to the engine."""

    def __init__(self, post: Post, messages: list[dict[str, Any]]) -> None:
        self._post = post
        self._messages = messages
        self._before: list[int] = []  # ids of the reply so far
        self._prompt: list[int] | None = None  # ids, requested when first needed
        self._plain: int | None = None  # id of an ordinary token
        self._lost = False  # the ids of the reply so far are unknown

    def __call__(self, entries: Iterable[Entry]) -> None:
        """Set each merged entry's log-probability to the sum over its tokens, or to None if unknown."""
        for entry in entries:
            data, last = bytes(entry.get("bytes") or ()), entry.get("id")
            if not isinstance(last, int):
                self._lost = True
            elif not data or data.isascii() or _own_bytes(entry, last) == data:
                self._before.append(last)
            else:
                self._repair(entry, data, last)

    def _repair(self, entry: Entry, data: bytes, last: int) -> None:
        try:
            pieces = self._pieces(data, last)
            if pieces is None:
                self._lost = True
            elif len(pieces) > 1:
                entry["logprob"] = None if self._lost else entry["logprob"] + self._missing(pieces[:-1])
        except (EngineStopped, LookupError, TypeError, ValueError):
            self._lost = True
        else:
            self._before += pieces or [last]
            if pieces and len(pieces) == 1:
                return
        if self._lost:
            entry["logprob"] = None
        entry["top_logprobs"] = []  # they belonged to the last token only

    def _pieces(self, data: bytes, last: int) -> list[int] | None:
        """The token ids of these bytes; None if they do not end with the emitted id."""
        tokens = self._tokenize(data.decode(), special=False)
        return tokens if tokens and tokens[-1] == last else None

    def _missing(self, pieces: list[int]) -> float:
        if self._prompt is None:
            text = self._post("/apply-template", {"messages": self._messages})["prompt"]
            self._prompt = self._tokenize(text, special=True)
        before = [*self._prompt, *self._before]
        return sum(self.read([*before, *pieces[:place]], piece) for place, piece in enumerate(pieces))

    def read(self, before: list[int], piece: int) -> float:
        """The raw log-probability (nats) of one token at one position; LookupError if it is not reported."""
        if self._plain is None:
            self._plain = self._tokenize("a", special=False)[-1]
        question = {"prompt": before, "n_predict": 1, "temperature": 0, "logit_bias": [[self._plain, 1000]]}
        for amount in (_FEW, _ALL):
            answer = self._post("/completion", {**question, "n_probs": amount})
            for token in answer["completion_probabilities"][0]["top_logprobs"]:
                if token["id"] == piece:
                    return float(token["logprob"])
        raise LookupError(f"token {piece} is not in the distribution")

    def _tokenize(self, text: str, *, special: bool) -> list[int]:
        body = {"content": text, "add_special": special, "parse_special": special}
        return [int(token) for token in self._post("/tokenize", body)["tokens"]]


def _own_bytes(entry: Entry, token: int) -> bytes | None:
    """The bytes of the emitted token alone, if it is among the alternatives."""
    for top in entry.get("top_logprobs") or ():
        if top.get("id") == token:
            return bytes(top.get("bytes") or ())
    return None
