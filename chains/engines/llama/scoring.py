"""Scoring a given text with llama.cpp, token by token.

A grammar whose only sentence is the text's token ids makes the server write the text and report
the raw distribution at every token. Grammars match complete characters only, so a token with part
of a character is requested separately.
"""

from collections.abc import Sequence
from itertools import islice, takewhile
from typing import Any

from chains.engines.llama.multibyte_logprobs import Entry, PieceRepair, Post
from chains.errors import EngineStopped

Spelled = tuple[int, bytes]  # a token id and what it adds to the text
_OTHER_TEXT = "The engine did not read the given text exactly. Try again."
RUN = 64  # tokens per request; even a large model on a slow machine answers in time


def spell(post: Post, text: str) -> list[Spelled]:
    """The tokens of a plain text; text that looks like a special token is not treated as one."""
    body = {"content": text, "add_special": False, "parse_special": False, "with_pieces": True}
    tokens = post("/tokenize", body)["tokens"]
    pieces = [token["piece"] for token in tokens]
    raw = [piece.encode() if isinstance(piece, str) else bytes(piece) for piece in pieces]
    return [(int(token["id"]), piece) for token, piece in zip(tokens, raw, strict=True)]


def forced(post: Post, prompt: Sequence[int], tokens: Sequence[Spelled], top: int) -> tuple[list[Entry], int]:
    """The entries of the given tokens after a prompt, and the number of cached prompt tokens.

    Raises EngineStopped.
    """
    evaluated: list[int] = []  # prompt tokens that each request evaluated

    def counted(path: str, body: dict[str, Any]) -> dict[str, Any]:
        answer = post(path, body)
        if path == "/completion":
            evaluated.append(int(answer["timings"]["prompt_n"]))
        return answer

    entries: list[Entry] = []
    before, repair = list(prompt), PieceRepair(counted, [])
    while len(entries) < len(tokens):
        token, piece = tokens[len(entries)]
        run = list(takewhile(_whole, islice(tokens, len(entries), len(entries) + RUN)))
        if not _readable(piece):  # the server would wait for the rest of the character, or refuse the bytes
            try:
                scored = [_entry({"logprob": repair.read(before, token)}, piece, 0)]
            except LookupError as error:
                raise EngineStopped(_OTHER_TEXT) from error
        elif not run:
            scored = _read(counted, before, [tokens[len(entries)]], top, logit_bias=[[token, 1000]])
        else:
            grammar = "root ::= " + " ".join(f"<[{token}]>" for token, _ in run)
            scored = _read(counted, before, run, top, grammar=grammar)
        before += [token for token, _ in tokens[len(entries) : len(entries) + len(scored)]]
        entries += scored
    return entries, len(prompt) - evaluated[0] if evaluated else 0


def _read(post: Post, before: list[int], run: Sequence[Spelled], top: int, **forcing: Any) -> list[Entry]:
    """A greedy completion that is forced to be these tokens; the probabilities are those without forcing."""
    body = {"prompt": before, "temperature": 0, "n_predict": len(run), "n_probs": max(top, 1)}
    reported = post("/completion", {**body, "post_sampling_probs": False, **forcing})[
        "completion_probabilities"
    ]
    if [entry.get("id") for entry in reported] != [token for token, _ in run]:
        raise EngineStopped(_OTHER_TEXT)
    return [_entry(entry, piece, top) for entry, (_, piece) in zip(reported, run, strict=True)]


def _entry(reported: Entry, piece: bytes, top: int) -> Entry:
    alternatives = (reported.get("top_logprobs") or [])[:top]
    return {
        "token": piece.decode(errors="replace"),
        "bytes": list(piece),
        "logprob": reported["logprob"],
        "top_logprobs": alternatives,
    }


def _whole(token: Spelled) -> bool:
    """Whether a grammar can name the token: complete characters, and no leading zero byte."""
    _, piece = token
    return bool(piece) and _readable(piece) and piece[0] != 0


def _readable(piece: bytes) -> bool:
    """Whether the piece is complete characters."""
    try:
        piece.decode()
    except UnicodeDecodeError:
        return False
    return True
