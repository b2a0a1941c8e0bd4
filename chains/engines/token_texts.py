"""Fitting the tokens that a server sent to its text, in whatever way it spells them.

Some servers send the text of a token ("né", " bee"), some its bytes, some the spelling of their vocabulary:
"Ġbee" (byte-level), "▁bee" and "<0xE2>" (SentencePiece), or "bytes:\\xe2\\x80". The reply's text decides.
"""

import math
import re
from collections import deque
from collections.abc import Iterator

from chains.engines.logprob_shapes import Entry, alternatives
from chains.engines.token_pieces import BYTE_ALPHABET
from estimators.types import Token

AS_SENT, BYTE_LEVEL, SENTENCEPIECE, ESCAPED = "as sent", "byte-level", "SentencePiece", "escaped bytes"
_BYTE_PIECE = re.compile(r"<0x([0-9A-Fa-f]{2})>")
_ESCAPE = re.compile(r"\\x([0-9A-Fa-f]{2})")
_SPECIAL = re.compile(r"<[^\s<>]+>|\[[A-Z_/]+\]|<\|.*\|>")  # as vocabularies write the marks of a template
_IMPOSSIBLE = -9999.0  # what OpenAI and vLLM send for a log-probability that they do not tell
_UNTOLD = -100.0  # the same in servers that clip there


def told(value: object) -> float | None:
    """A log-probability in nats, at most 0; None where the server did not tell it.

    >>> [told(value) for value in (-0.5, 1e-7, None, -9999.0, -100, float("-inf"), float("nan"))]
    [-0.5, 0.0, None, None, None, None, None]
    """
    if not isinstance(value, int | float) or not math.isfinite(value):
        return None
    return None if value <= _IMPOSSIBLE or value == _UNTOLD else min(float(value), 0.0)


def spellings(entry: Entry) -> Iterator[tuple[str, bytes]]:
    """The bytes that a token may stand for, the most literal reading first.

    >>> list(spellings({"token": "▁bee"}))[-1]
    ('SentencePiece', b' bee')
    """
    token = str(entry["token"])
    raw = entry.get("bytes")
    if raw is not None:
        yield AS_SENT, bytes(raw)
    yield AS_SENT, token.encode(errors="replace")
    for spelling in (BYTE_LEVEL, SENTENCEPIECE, ESCAPED):
        read = _respelled(token, spelling)
        if read is not None:
            yield spelling, read


def _respelled(token: str, spelling: str) -> bytes | None:
    """The bytes of a token under one spelling; None where it is not spelled so."""
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
    parts = _ESCAPE.split(body)  # texts at even places, two hexadecimal digits at odd ones
    return b"".join(
        bytes([int(part, 16)]) if place % 2 else part.encode() for place, part in enumerate(parts)
    )


class FittedTokens:
    """Fits entries to a text that grows; pieces of one character become one token.

    Left out are what the text does not hold: special tokens, and white space that the server cut off
    before the first word.
    """

    def __init__(self) -> None:
        self.tokens: list[Token] = []
        self.unknown = 0  # tokens of the text whose log-probability was not told
        self.seen = 0  # entries
        self._text = bytearray()
        self._reached = 0  # bytes of the text that have their tokens
        self._waiting: deque[Entry] = deque()
        self._pieces: list[tuple[bytes, Entry]] = []
        self._spelling = ""  # the one that the tokens so far have shown
        self._failed = False

    @property
    def whole(self) -> bool:
        """Whether the tokens so far join to the text so far."""
        return not self._failed and self._reached == len(self._text) and not self._pieces

    def add(self, text: str, entries: list[Entry]) -> None:
        """Take more text and more entries; neither has to come with the other."""
        self._text += text.encode(errors="replace")
        self._waiting.extend(entries)
        self.seen += len(entries)
        while self._waiting and not self._failed and self._reached < len(self._text):
            if not self._fit(self._waiting[0]):
                break
            self._waiting.popleft()

    def _fit(self, entry: Entry) -> bool:
        """Whether the entry could be placed, or left out; otherwise it waits for more text."""
        rest = bytes(self._text[self._reached : self._reached + 512])
        candidates = list(spellings(entry))
        if not self._reached:  # servers cut off the space before the first word
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
            self._spelling = spelling  # a plain word looks the same in all of them
        self._reached += len(raw)
        self._pieces.append((raw, entry))
        try:
            text = b"".join(piece for piece, _ in self._pieces).decode()
        except UnicodeDecodeError:
            return
        logprobs = [told(piece.get("logprob")) for _, piece in self._pieces]
        known = [logprob for logprob in logprobs if logprob is not None]
        if len(known) < len(logprobs):
            self.unknown += 1
        else:
            self.tokens.append(Token(text, math.fsum(known), self._top(entry)))
        self._pieces.clear()

    def _top(self, entry: Entry) -> tuple[tuple[str, float], ...]:
        if len(self._pieces) > 1:
            return ()  # the alternatives to a piece are none to the character
        others = alternatives(entry)
        spelling = self._spelling or _spelling_of(others)
        pairs = [(_text(other, spelling), told(other.get("logprob"))) for other in others]
        known = [(text, logprob) for text, logprob in pairs if logprob is not None]
        return tuple(sorted(known, key=lambda pair: -pair[1]))


def _text(entry: Entry, spelling: str) -> str:
    """The text of an alternative, spelled as the tokens of the reply are."""
    respelled = _respelled(str(entry["token"]), spelling) if spelling != AS_SENT else None
    raw = next(spellings(entry))[1] if respelled is None else respelled
    return raw.decode(errors="replace")


def _spelling_of(others: list[Entry]) -> str:
    """How alternatives are spelled where no token of the reply shows it: the space before a word tells."""
    for other in others:
        if str(other["token"]).startswith("Ġ"):
            return BYTE_LEVEL
        if str(other["token"]).startswith("▁"):
            return SENTENCEPIECE
    return AS_SENT
