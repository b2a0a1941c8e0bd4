"""Matching the tokens from a server to its text, however it spells them.

Some servers send the text of a token ("né", " bee"), some its bytes, some the spelling in their vocabulary:
"Ġbee" (byte-level), "▁bee" and "<0xE2>" (SentencePiece), or "bytes:\\xe2\\x80". The text of the reply decides.
"""

import math
import re
from collections import deque
from collections.abc import Iterable, Iterator

from chains.engines.logprob_shapes import Entry, alternatives
from chains.engines.token_pieces import BYTE_ALPHABET
from estimators.types import Token

AS_SENT, BYTE_LEVEL, SENTENCEPIECE, ESCAPED = "as sent", "byte-level", "SentencePiece", "escaped bytes"
_BYTE_PIECE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})")
_SPECIAL = re.compile(r"<[^\s<>]+>|\[[A-Z_/]+\]|<\|.*\|>")  # how vocabularies write special tokens
_IMPOSSIBLE = -9999.0  # OpenAI and vLLM send this in place of an unknown log-probability
_CLIPPED = -100.0  # some servers clip to this value


def real_logprob(value: object) -> float | None:
    """A log-probability in nats, at most 0; None if the server did not report it.

    >>> [real_logprob(value) for value in (-0.5, 1e-7, None, -9999.0, -100, float("-inf"), float("nan"))]
    [-0.5, 0.0, None, None, None, None, None]
    """
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return None if value <= _IMPOSSIBLE or value == _CLIPPED else min(float(value), 0.0)


def spellings(entry: Entry) -> Iterator[tuple[str, bytes]]:
    """The possible bytes of a token, the most literal reading first.

    >>> list(spellings({"token": "▁bee"}))[-1]
    ('SentencePiece', b' bee')
    """
    token = str(entry["token"])
    raw = entry.get("bytes")
    if raw is not None:
        yield AS_SENT, bytes(raw)
    yield AS_SENT, token.encode(errors="replace")
    for spelling in (BYTE_LEVEL, SENTENCEPIECE, ESCAPED):
        respelled = _respelled(token, spelling)
        if respelled is not None:
            yield spelling, respelled


def _respelled(token: str, spelling: str) -> bytes | None:
    """The bytes of a token under one spelling; None if it is not spelled that way."""
    if spelling == BYTE_LEVEL:
        spelled = all(letter in BYTE_ALPHABET for letter in token) and not token.isascii()
        return bytes(BYTE_ALPHABET[letter] for letter in token) if spelled else None
    if spelling == SENTENCEPIECE:
        piece = _BYTE_PIECE.fullmatch(token)
        if piece:
            return bytes([int(piece[1], 16)])
        return token.replace("▁", " ").encode(errors="replace") if "▁" in token else None
    if not token.startswith("bytes:"):
        return None
    body = token.removeprefix("bytes:")
    if not _ESCAPE.search(body):
        return body.encode("latin-1", errors="replace")
    parts = _ESCAPE.split(body)  # text at even indices, two hexadecimal digits at odd ones
    return b"".join(
        bytes([int(part, 16)]) if index % 2 else part.encode() for index, part in enumerate(parts)
    )


class FittedTokens:
    """Matches entries to a growing text; the pieces of one character become one token.

    Entries that are not in the text are skipped: special tokens, and white space that the server removed
    before the first word.
    """

    def __init__(self, tokens: Iterable[Token] = ()) -> None:
        """``tokens`` that the text begins with."""
        self.tokens: list[Token] = list(tokens)
        self.unknown = 0  # tokens of the text without a log-probability
        self.seen = 0  # number of entries
        self._text = bytearray("".join(token.text for token in self.tokens).encode(errors="replace"))
        self._reached = len(self._text)  # bytes of the text that are matched to tokens
        self._waiting: deque[Entry] = deque()
        self._pieces: list[tuple[bytes, Entry]] = []
        self._spelling = ""  # the spelling of the tokens so far
        self._failed = False

    @property
    def whole(self) -> bool:
        """Whether the tokens so far add up to the text so far."""
        return not self._failed and self._reached == len(self._text) and not self._pieces

    def add(self, text: str, entries: list[Entry]) -> None:
        """Add text and entries; either may arrive before the other."""
        self._text += text.encode(errors="replace")
        self._waiting.extend(entries)
        self.seen += len(entries)
        while self._waiting and not self._failed and self._reached < len(self._text):
            if not self._fit(self._waiting[0]):
                break
            self._waiting.popleft()

    def take_waiting(self) -> list[Entry]:
        """The entries that are not matched yet, which are no longer waited for."""
        waiting = list(self._waiting)
        self._waiting.clear()
        return waiting

    def _fit(self, entry: Entry) -> bool:
        """Whether the entry was matched or skipped; otherwise it waits for more text."""
        rest = bytes(self._text[self._reached : self._reached + 512])
        candidates = list(spellings(entry))
        if not self._reached:  # servers remove the space before the first word
            candidates += [
                (spelling, raw.removeprefix(b" ")) for spelling, raw in candidates if raw[:1] == b" "
            ]
        for spelling, raw in candidates:
            if raw and bytes(self._text[self._reached : self._reached + len(raw)]) == raw:
                self._place(spelling, raw, entry)
                return True
        if any(raw != rest and raw.startswith(rest) for _, raw in candidates):
            return False
        first = candidates[0][1]
        skipped = (
            not first or _SPECIAL.fullmatch(str(entry["token"])) or (not self._reached and first.isspace())
        )
        self._failed = not skipped
        return True

    def _place(self, spelling: str, raw: bytes, entry: Entry) -> None:
        if spelling != AS_SENT or raw[:1] == b" " or not raw.isascii():
            self._spelling = spelling  # a plain word looks the same in every spelling
        self._reached += len(raw)
        self._pieces.append((raw, entry))
        try:
            text = b"".join(piece for piece, _ in self._pieces).decode()
        except UnicodeDecodeError:
            return
        logprobs = [real_logprob(piece.get("logprob")) for _, piece in self._pieces]
        reported = [logprob for logprob in logprobs if logprob is not None]
        if len(reported) < len(logprobs):
            self.unknown += 1
        else:
            self.tokens.append(Token(text, math.fsum(reported), self._top(entry)))
        self._pieces.clear()

    def _top(self, entry: Entry) -> tuple[tuple[str, float], ...]:
        if len(self._pieces) > 1:
            return ()  # alternatives to a piece are not alternatives to the character
        others = alternatives(entry)
        spelling = self._spelling or _spelling_of(others)
        pairs = [(_text(other, spelling), real_logprob(other.get("logprob"))) for other in others]
        reported = [(text, logprob) for text, logprob in pairs if logprob is not None]
        return tuple(sorted(reported, key=lambda pair: -pair[1]))


def _text(entry: Entry, spelling: str) -> str:
    """The text of an alternative, read with the spelling of the reply's tokens."""
    respelled = _respelled(str(entry["token"]), spelling) if spelling != AS_SENT else None
    raw = next(spellings(entry))[1] if respelled is None else respelled
    return raw.decode(errors="replace")


def _spelling_of(others: list[Entry]) -> str:
    """The spelling of alternatives if no token of the reply shows it: the space before a word does."""
    for other in others:
        if str(other["token"]).startswith("Ġ"):
            return BYTE_LEVEL
        if str(other["token"]).startswith("▁"):
            return SENTENCEPIECE
    return AS_SENT
