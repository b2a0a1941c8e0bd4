"""A given text through llama.cpp, token by token as its own tokenizer cuts it.

A grammar whose only sentence is the text's token ids makes the server write the text and report
the raw distribution at every token. A grammar matches whole characters only, so that a piece of a
character is asked for by itself, after everything before it.
"""

from collections.abc import Sequence
from itertools import islice, takewhile
from typing import Any

from chains.engines.llama.multibyte_logprobs import Entry, PieceRepair, Post
from chains.errors import EngineStopped

Spelled = tuple[int, bytes]  # a token id and what it adds to the text
_OTHERWISE = "The engine did not read the given text as it stands: try again."
RUN = 64  # tokens of one request: a large model on a slow machine answers it in time


def spell(post: Post, text: str) -> list[Spelled]:
    """The tokens of a plain text: what looks like a special token in it is none."""
    body = {"content": text, "add_special": False, "parse_special": False, "with_pieces": True}
    tokens = post("/tokenize", body)["tokens"]
    pieces = [token["piece"] for token in tokens]
    raw = [piece.encode() if isinstance(piece, str) else bytes(piece) for piece in pieces]
    return [(int(token["id"]), piece) for token, piece in zip(tokens, raw, strict=True)]


def forced(post: Post, prompt: Sequence[int], tokens: Sequence[Spelled], top: int) -> tuple[list[Entry], int]:
    """The entries of the given tokens after a prompt, and how many tokens of the prompt were cached.

    Raises EngineStopped.
    """
    evaluated: list[int] = []  # tokens before the text that each request read anew

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
        if _unfinished(piece):  # the server would wait for the rest of the character
            try:
                found = [_entry({"logprob": repair.read(before, token)}, piece, 0)]
            except LookupError as error:
                raise EngineStopped(_OTHERWISE) from error
        elif not run:
            found = _read(counted, before, [tokens[len(entries)]], top, logit_bias=[[token, 1000]])
        else:
            grammar = "root ::= " + " ".join(f"<[{token}]>" for token, _ in run)
            found = _read(counted, before, run, top, grammar=grammar)
        before += [token for token, _ in tokens[len(entries) : len(entries) + len(found)]]
        entries += found
    return entries, len(prompt) - evaluated[0] if evaluated else 0


def _read(post: Post, before: list[int], run: Sequence[Spelled], top: int, **forcing: Any) -> list[Entry]:
    """One greedy completion that can only be these tokens; the probabilities are those before the forcing."""
    body = {"prompt": before, "temperature": 0, "n_predict": len(run), "n_probs": max(top, 1)}
    reported = post("/completion", {**body, "post_sampling_probs": False, **forcing})[
        "completion_probabilities"
    ]
    if [entry.get("id") for entry in reported] != [token for token, _ in run]:
        raise EngineStopped(_OTHERWISE)
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
    """Whether a grammar can name the token: whole characters, and no zero byte in front."""
    _, piece = token
    try:
        return bool(piece.decode()) and piece[0] != 0
    except UnicodeDecodeError:
        return False


def _unfinished(piece: bytes) -> bool:
    """Whether the last character of the piece needs more bytes."""
    for back, byte in enumerate(reversed(piece[-3:]), 1):
        if byte >= 0xC0:
            return back < (2 if byte < 0xE0 else 3 if byte < 0xF0 else 4)
        if byte < 0x80:
            return False
    return False
