"""How fast do the words of an answer arrive in the browser, next to the engine's own stream?

    python -m benchmarks.speed.streaming [--model builtin] [--engine native|wheel] [--repeats 5] [--json FILE]

Serves the page and reads what it sends over HTTP, as a browser does, while the confidence of every word is computed and
drawn; and reads the stream of the same llama.cpp without log-probabilities and without Credence. Both take turns.
Every question has a number of its own, so none is in the prefix cache.
"""

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import Any
from uuid import uuid4

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

import httpx2

from benchmarks.speed.engines import ENGINES, TRANSFORMERS, description, fastest, opened
from benchmarks.speed.measured import load, spread, this_machine
from benchmarks.speed.questions import PARAGRAPH, QUESTIONS, Numbered
from benchmarks.speed.results import Arrival, Streaming, save
from chains.command_line import positive
from chains.engines.llama.chat_model import ChatLlama
from chains.errors import CredenceError
from chains.progress import tracked

BROKE_OFF = "The stream ended before the answer did."
NEEDS_LLAMA = "Only an answer of llama.cpp can be compared: choose builtin, tiny or a .gguf file."
LONGEST = 600.0  # seconds that an answer may take


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print the table, and write JSON if asked; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed.streaming", description=__doc__)
    parser.add_argument("--model", default="builtin", help="model to open, as for the chat")
    parser.add_argument("--engine", choices=[name for name in ENGINES if name != TRANSFORMERS])
    parser.add_argument("--repeats", type=positive, default=5, help="answers of each")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all values to this file")
    args = parser.parse_args(arguments)
    before = load()
    try:
        model = opened(args.model, args.engine or fastest())
        try:
            streaming = measure(model, args.repeats)
        finally:
            getattr(model, "close", lambda: None)()
    except CredenceError as error:
        print(f"credence: {error}", file=sys.stderr)
        return 1
    print(f"{streaming.engine}\n\n{table(streaming)}\n\n{this_machine(before)}")
    if args.json:
        save(args.json, streaming)
    return 0


def measure(model: Any, repeats: int) -> Streaming:
    """Answers in the page and from the engine alone, in turn, after one of each that is not counted."""
    if not isinstance(model, ChatLlama):
        raise CredenceError(NEEDS_LLAMA)
    numbered, text = Numbered(), QUESTIONS[PARAGRAPH]
    app: list[Arrival] = []
    bare: list[Arrival] = []
    with served(model) as page, httpx2.Client(trust_env=False, timeout=LONGEST) as client:
        in_page(client, page, numbered(text))
        from_engine(client, model, numbered(text))
        for repeat in tracked(range(repeats), "streaming", "repeats"):
            for is_app in (True, False) if repeat % 2 else (False, True):
                if is_app:
                    app.append(in_page(client, page, numbered(text)))
                else:
                    bare.append(from_engine(client, model, numbered(text)))
    return Streaming(description(model), tuple(app), tuple(bare))


class Page:
    """A served page: its address, and how its question box is sent."""

    def __init__(self, url: str, config: dict[str, Any], box: int, live: int) -> None:
        self.url = url.rstrip("/")
        dependency = next(d for d in config["dependencies"] if [box, "submit"] in map(list, d["targets"]))
        self._function, self._box, self._inputs = dependency["id"], box, dependency["inputs"]
        self._values = {part["id"]: part["props"].get("value") for part in config["components"]}
        self.live = dependency["outputs"].index(live)  # the place of the turn in progress in what it sends

    def request(self, text: str, session: str) -> dict[str, Any]:
        """What the browser sends when a person asks this."""
        data = [text if part == self._box else self._values.get(part) for part in self._inputs]
        return {
            "data": data,
            "fn_index": self._function,
            "session_hash": session,
            "event_data": None,
            "trigger_id": self._box,
        }


@contextmanager
def served(model: Any) -> Iterator[Page]:
    """The chat around a model, served on a free port."""
    import gradio as gr

    from ui import ConfidenceChat

    with gr.Blocks() as page:
        chat = ConfidenceChat(model)
    _, url, _ = page.launch(run_history=False, quiet=True, prevent_thread_lock=True)
    try:
        yield Page(url, page.config, chat.box._id, chat.live._id)
    finally:
        page.close(verbose=False)


def in_page(client: httpx2.Client, page: Page, text: str) -> Arrival:
    """How the words of one answer arrive in the page; waits until its confidence is there, too."""
    session, start = uuid4().hex, perf_counter()
    client.post(f"{page.url}/gradio_api/queue/join", json=page.request(text, session)).raise_for_status()
    first = complete = 0.0
    tokens = 0
    for turn in turns(
        events(client, "GET", f"{page.url}/gradio_api/queue/data?session_hash={session}"), page
    ):
        now = perf_counter() - start
        if turn["error"]:
            raise CredenceError(turn["error"])
        if turn["tokens"] and not first:
            first = now
        if turn["stage"] != "answering" and not complete:
            tokens, complete = len(turn["tokens"]), now
    if not complete:
        raise CredenceError(BROKE_OFF)
    return Arrival(first, complete, tokens)


def turns(sent: Iterator[dict[str, Any]], page: Page) -> Iterator[dict[str, Any]]:
    """The stage, the error and the tokens of the turn in progress after each message, until it is done."""
    turn: dict[str, Any] = {}
    for message in sent:
        if message["msg"] == "process_completed":
            return
        if message["msg"] == "process_generating" and turn.get("stage") != "done" and not turn.get("error"):
            turn = changed(turn, message["output"]["data"][page.live])
            yield turn


def changed(turn: dict[str, Any], data: Any) -> dict[str, Any]:
    """The turn after a message: the first one holds all of it, later ones the changes. Tokens are never taken away.

    >>> first = changed({}, {"0": {"stage": "answering", "error": "", "tokens": ["a"], "text": "a"}})
    >>> changed(first, [["add", ["0", "tokens", 1], " b"], ["replace", ["0", "stage"], "done"]])
    {'stage': 'done', 'error': '', 'tokens': ['a', ' b']}
    """
    if not turn:
        return {name: data["0"][name] for name in ("stage", "error", "tokens")}
    tokens = list(turn["tokens"])
    new = {**turn, "tokens": tokens}
    for action, path, value in data:
        if path in (["0", "stage"], ["0", "error"]):
            new[path[1]] = value
        elif action == "add" and path[:2] == ["0", "tokens"] and len(path) == 3:
            tokens.insert(path[2], value)
    return new


def from_engine(client: httpx2.Client, model: ChatLlama, text: str) -> Arrival:
    """How the words of one answer arrive from the engine itself, without log-probabilities."""
    body = {"messages": [{"role": "user", "content": text}], "temperature": 0, "stream": True}
    headers = {"Authorization": f"Bearer {model.engine.key}"}
    start, first, complete, tokens = perf_counter(), 0.0, 0.0, 0
    for chunk in events(
        client, "POST", f"{model.engine.url}/v1/chat/completions", json=body, headers=headers
    ):
        for choice in chunk.get("choices", ()):
            if choice["delta"].get("content"):
                tokens, complete = tokens + 1, perf_counter() - start
                first = first or complete
    if not complete:
        raise CredenceError(BROKE_OFF)
    return Arrival(first, complete, tokens)


def events(client: httpx2.Client, method: str, url: str, **request: Any) -> Iterator[dict[str, Any]]:
    """The JSON objects of a stream of server-sent events."""
    with client.stream(method, url, **request) as answer:
        answer.raise_for_status()
        for line in answer.iter_lines():
            if line.startswith("data:") and (data := line[5:].strip()) != "[DONE]":
                yield json.loads(data)


def table(streaming: Streaming) -> str:
    """Both streams as a Markdown table."""
    lines = ["| stream | n | first token, s | tokens | tokens/s |", "|---|--:|--:|--:|--:|"]
    for name, arrivals in (("in the page", streaming.page), ("the engine alone", streaming.engine_alone)):
        cells = [
            name,
            str(len(arrivals)),
            spread([arrival.first for arrival in arrivals]),
            spread([arrival.tokens for arrival in arrivals], ".0f"),
            spread([arrival.tokens / arrival.seconds for arrival in arrivals], ".1f"),
        ]
        lines.append(f"| {' | '.join(cells)} |")
    lines.append(f"| ratio of medians | | {streaming.first_ratio:.2f} | | {streaming.speed_ratio:.2f} |")
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
