"""From token ids to text: the exact bytes of each token, and characters that span several tokens."""

from collections.abc import Callable, Sequence
from typing import Any

Entry = dict[str, Any]  # an OpenAI-style entry: token, bytes, logprob, top_logprobs

UNREADABLE = "\ufffd".encode()  # replaces bytes that are not a character


def _byte_alphabet() -> dict[str, int]:
    """The letters that byte-level BPE vocabularies use for the 256 bytes (GPT-2's convention)."""
    printable = [*range(0x21, 0x7F), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    others = [byte for byte in range(256) if byte not in set(printable)]
    letters = {chr(byte): byte for byte in printable}
    return letters | {chr(256 + position): byte for position, byte in enumerate(others)}


BYTE_ALPHABET = _byte_alphabet()


class TokenPieces:
    """The bytes that each token adds to a text: leading spaces are kept, special tokens add none."""

    def __init__(self, tokenizer: Any) -> None:
        self._tokenizer = tokenizer
        added = tokenizer.added_tokens_decoder
        self._added = {id: b"" if token.special else token.content.encode() for id, token in added.items()}
        self._added |= dict.fromkeys(tokenizer.all_special_ids, b"")
        self._spelling = _spelling(tokenizer)

    def bytes_of(self, token: int, previous: int | None = None) -> bytes:
        """The bytes that the token adds after ``previous``, the token before it in the reply (if any)."""
        if token in self._added:
            return self._added[token]
        piece = self._tokenizer.convert_ids_to_tokens(token)
        if piece is None:  # vocabularies are padded: an id may have no token
            return b""
        if isinstance(piece, bytes):
            return piece
        if self._spelling == "bytes":
            # A piece with other letters was added by hand and is plain text.
            spelled = all(letter in BYTE_ALPHABET for letter in piece)
            return bytes(BYTE_ALPHABET[letter] for letter in piece) if spelled else piece.encode()
        if self._spelling == "sentencepiece":
            if len(piece) == 6 and piece.startswith("<0x"):
                return bytes([int(piece[3:5], 16)])
            return str(piece).replace("▁", " ").encode()
        return self._joined(token, previous)

    def _joined(self, token: int, previous: int | None) -> bytes:
        """For other vocabularies: decode the token after the previous one, and take what is new."""
        before = [] if previous is None else [previous]
        start = self._tokenizer.decode(before, clean_up_tokenization_spaces=False) if before else ""
        both = self._tokenizer.decode([*before, token], clean_up_tokenization_spaces=False)
        return str(both).removeprefix(start).encode()


def _spelling(tokenizer: Any) -> str:
    """How the vocabulary spells its tokens: "bytes", "sentencepiece" or "plain"."""
    decoder = str(getattr(getattr(tokenizer, "backend_tokenizer", None), "decoder", None))
    if "ByteLevel" in decoder:
        return "bytes"
    if "ByteFallback" in decoder or "Metaspace" in decoder or "▁" in decoder:
        return "sentencepiece"
    return "sentencepiece" if "<0x0A>" in tokenizer.get_vocab() else "plain"


def continuation_tokens(
    text: str, cut: Callable[[str], list[tuple[int, bytes]]]
) -> list[tuple[int, bytes]] | None:
    """The tokens (id and bytes) of a text that follows other tokens; None if they do not reproduce it.

    Some vocabularies put a space before any text: then the text is tokenized after a letter or a
    newline, which is removed again.
    """
    expected = text.encode()
    for before in ("", "\n", "a"):
        tokens = cut(before + text)
        for start in range(min(len(tokens), 4) if before else 1):
            if b"".join(piece for _, piece in tokens[start:]) == expected:
                return tokens[start:]
    return None


class HeldText:
    """Holds entries back until their bytes are complete characters and cannot start a stop sequence.

    What it releases is consistent: the joined bytes of the entries are the text
    in UTF-8. Bytes that are not a character become "\ufffd" in both.
    """

    def __init__(self, stop: Sequence[str] = ()) -> None:
        self._stop = tuple(sequence for sequence in stop if sequence)
        self._held: list[Entry] = []
        self.stopped = False  # a stop sequence occurred; it is not part of the text

    def push(self, entry: Entry) -> tuple[str, list[Entry]]:
        """Add the next entry; returns the text and the entries that are ready."""
        self._held.append(entry)
        return self._release(final=False)

    def flush(self) -> tuple[str, list[Entry]]:
        """Everything still held, at the end of the reply."""
        return self._release(final=True)

    def _release(self, final: bool) -> tuple[str, list[Entry]]:
        text = self._readable(final)
        if text is None:
            return "", []
        stops = [text.index(sequence) for sequence in self._stop if sequence in text]
        if stops:
            text = text[: min(stops)]
            self._cut(len(text.encode()))
            self.stopped = True
        elif not final and any(_ends_inside(text, sequence) for sequence in self._stop):
            return "", []
        ready, self._held = self._held, []
        return text, ready

    def _readable(self, final: bool) -> str | None:
        """The held bytes as text; None while the last character may be incomplete."""
        while True:
            try:
                return b"".join(bytes(entry["bytes"]) for entry in self._held).decode()
            except UnicodeDecodeError as error:
                if error.reason == "unexpected end of data" and not final:
                    return None
                self._replace(error.start, error.end)

    def _replace(self, start: int, end: int) -> None:
        """Put the replacement character in place of bytes that are not a character."""
        position = 0
        for entry in self._held:
            raw = bytes(entry["bytes"])
            first, last = max(start - position, 0), min(end - position, len(raw))
            if first < last:
                mark = UNREADABLE if position <= start else b""
                entry["bytes"] = list(raw[:first] + mark + raw[last:])
                entry["token"] = bytes(entry["bytes"]).decode(errors="replace")
            position += len(raw)

    def _cut(self, length: int) -> None:
        """Keep the entries of the first ``length`` bytes; an entry across that point is shortened."""
        kept: list[Entry] = []
        for entry in self._held:
            if length <= 0:
                break
            raw = bytes(entry["bytes"])[:length]
            kept.append({**entry, "bytes": list(raw), "token": raw.decode(errors="replace")})
            length -= len(raw)
        self._held = kept


def _ends_inside(text: str, sequence: str) -> bool:
    return any(text.endswith(sequence[:length]) for length in range(1, len(sequence)))
