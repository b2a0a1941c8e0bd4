"""Does a long answer stay smooth? The time of an update in Python and in the page, and the page's memory.

    python -m benchmarks.markdown --chromium /usr/bin/chromium

Writes one answer (prose, lists, tables, code and formulas) in updates of four tokens, as a model of 40 tokens a second
is shown ten times a second, and measures the updates at several lengths: reading the answer, making what the page
shows of it, Gradio's search for the differences, and in Chromium the drawing with its layout. Chromium then draws 50
more turns beside it.
"""

import argparse
import os
import platform
import re
import statistics
import time
from contextlib import ExitStack
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

os.environ.setdefault("GRADIO_ANALYTICS_ENABLED", "False")

from chains.pipeline.turn import Turn, answered
from chains.settings import Settings
from estimators.types import Answer, Question, Token
from ui.chat.conversation import Entry
from ui.parts import style, turns_script
from ui.shown.turn import Bubble, bubble

TOKENS = 8_000
LENGTHS = (500, 2_000, 4_000)  # tokens
STEP = 4
UPDATES = 30
TURNS = 50
TURN_TOKENS = 300
SECTION = r"""## Section {number}

The **mean** of $x_1, \dots, x_n$ is a *sum* divided by `n`, see [the article](https://example.org/{number}).

\[ \bar x = \frac{{1}}{{n}} \sum_{{i=1}}^n x_i \]

1. Add the values.
2. Divide by their **number**:

   ```python
   def mean(values: list[float]) -> float:
       return sum(values) / len(values)  # fails for no values
   ```

| n | mean | case |
|--:|:----:|------|
| {number} | 1.5 | `usual` |

"""


def answer(tokens: int) -> list[str]:
    """An answer in tokens of up to six letters."""
    pieces: list[str] = []
    number = 0
    while len(pieces) < tokens:
        number += 1
        pieces += re.findall(r"\s?[^\W\d_]{1,6}|\s+|.", SECTION.format(number=number))
    return pieces[:tokens]


@dataclass(frozen=True, slots=True)
class Updates:
    """Seconds of CPU time of the updates up to a length, and what the page got in each."""

    reading: list[float]
    showing: list[float]
    differing: list[float]
    bubbles: list[Bubble]


def scored(texts: list[str]) -> tuple[Token, ...]:
    """Tokens with as many alternatives as an engine sends."""
    others = tuple((f"other {place}", -3.0 - place) for place in range(19))
    return tuple(Token(text, -0.1, ((text, -0.1), *others)) for text in texts)


def updates(tokens: tuple[Token, ...], length: int) -> Updates:
    """The last updates before a length; the first of them, which shows all at once, is not measured."""
    from gradio.utils import diff

    made = Updates([], [], [], [])
    entry = Entry("How?")
    for count in range(length - STEP * UPDATES, length + 1, STEP):
        begun = time.thread_time()
        reply = Answer("".join(token.text for token in tokens[:count]), tokens[:count])
        entry.turn = answered(Turn(Question("How?"), Settings()), reply)
        read = time.thread_time()
        shown = bubble(entry)
        drawn = time.thread_time()
        if made.bubbles:
            diff([made.bubbles[-1]], [shown])  # type: ignore[no-untyped-call]
        made.bubbles.append(shown)
        for seconds, spent in zip(
            (made.reading, made.showing, made.differing),
            (read - begun, drawn - read, time.thread_time() - drawn),
            strict=True,
        ):
            seconds.append(spent)
    return Updates(made.reading[1:], made.showing[1:], made.differing[1:], made.bubbles)


SCRIPT = """
const element = document.querySelector(".credence"), props = { value: [] }, trigger = () => {};
let redraw; const watch = (_, draw) => (redraw = draw);
"""
LAST_LINE = """
window.turns = [{ tokens: [], blocks: [] }];
window.grow = ([rest, tokens, from, blocks, first]) => { // updates the last turn, with its layout
  const last = turns.at(-1);
  const all = (kept, end, more) => [...kept.slice(0, end), ...more];
  turns[turns.length - 1] = { ...rest, tokens: all(last.tokens, from, tokens), blocks: all(last.blocks, first, blocks) };
  props.value = turns;
  redraw();
  return document.body.offsetHeight;
};
0;
"""


def change(before: Bubble, after: Bubble) -> list[Any]:
    """What is new of a turn, so that the page need not be sent all of it for every update."""
    same = [
        next(
            (place for place, pair in enumerate(zip(*pairs, strict=False)) if pair[0] != pair[1]),
            min(map(len, pairs)),
        )
        for pairs in (
            (before.get("tokens", []), after["tokens"]),
            (before.get("blocks", []), after["blocks"]),
        )
    ]
    rest = {name: value for name, value in after.items() if name not in ("tokens", "blocks")}
    return [rest, after["tokens"][same[0] :], same[0], after["blocks"][same[1] :], same[1]]


class InChromium:
    """A page that draws turns as the chat does."""

    def __init__(self, playwright: Any, chromium: str) -> None:
        arguments = ["--no-sandbox", "--disable-gpu", "--disable-background-networking"]
        self._browser = playwright.chromium.launch(executable_path=chromium, args=arguments)
        self._page = self._browser.new_page(viewport={"width": 1280, "height": 850})
        body = f"{style()}<div class=credence data-view=tokens><div class=cr-turns></div></div>"
        self._page.route("**/*", lambda route: route.fulfill(body=body, content_type="text/html"))
        self._page.goto("http://127.0.0.1/")  # an address, since a page without one has no storage
        self._page.evaluate(SCRIPT + turns_script() + LAST_LINE)
        self._session = self._page.context.new_cdp_session(self._page)
        self._session.send("Performance.enable", {"timeDomain": "threadTicks"})

    def draw(self, bubbles: list[Bubble]) -> list[float]:
        """Milliseconds of processor time of every update but the first."""
        before: Bubble = {}
        spent = []
        for shown in bubbles:
            begun = self._busy()
            self._page.evaluate("grow", change(before, shown))
            spent.append(self._busy() - begun)
            before = shown
        return spent[1:]

    def _busy(self) -> float:
        """Milliseconds that the page has spent on scripts, styles and layout."""
        metrics = self._session.send("Performance.getMetrics")["metrics"]
        parts = ("ScriptDuration", "RecalcStyleDuration", "LayoutDuration")
        return 1e3 * sum(float(metric["value"]) for metric in metrics if metric["name"] in parts)

    def add(self, turns: list[Bubble]) -> float:
        """Milliseconds of processor time to draw further finished turns, all at once."""
        begun = self._busy()
        self._page.evaluate(
            "(more) => (turns.unshift(...more), grow([turns.at(-1), [], 1e9, [], 1e9]))", turns
        )
        return self._busy() - begun

    def heap(self) -> float:
        """The page's JavaScript memory in MB."""
        self._session.send("HeapProfiler.collectGarbage")
        return float(self._session.send("Runtime.getHeapUsage")["usedSize"]) / 1e6

    def close(self) -> None:
        self._browser.close()


def finished(tokens: tuple[Token, ...]) -> Bubble:
    """A finished turn with these tokens."""
    reply = Answer("".join(token.text for token in tokens), tokens)
    return bubble(Entry("How?", replace(answered(Turn(Question("How?"), Settings()), reply), stage="done")))


def milliseconds(seconds: list[float]) -> str:
    return f"{statistics.median(seconds) * 1e3:7.1f}"


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how long the updates of a long answer take.")
    parser.add_argument("--chromium", help="path of a browser; without one only Python is measured")
    parser.add_argument("--tokens", type=int, default=TOKENS)
    arguments = parser.parse_args()
    tokens = scored(answer(arguments.tokens))
    lengths = [length for length in LENGTHS if length < arguments.tokens] + [arguments.tokens]
    print(f"median milliseconds of processor time of {UPDATES} updates of {STEP} tokens")
    print(" tokens reading showing   diffs drawing")
    with ExitStack() as stack:
        page = None
        if arguments.chromium:
            from playwright.sync_api import sync_playwright

            page = InChromium(stack.enter_context(sync_playwright()), arguments.chromium)
            stack.callback(page.close)
        for length in lengths:
            made = updates(tokens, length)
            drawn = f"{statistics.median(page.draw(made.bubbles)):7.1f}" if page else "      –"
            parts = (made.reading, made.showing, made.differing)
            print(f"{length:7,} {' '.join(map(milliseconds, parts))} {drawn}", flush=True)
        if page:
            turns = [{**finished(tokens[:TURN_TOKENS]), "id": f"turn {number}"} for number in range(TURNS)]
            print(f"{TURNS} further turns of {TURN_TOKENS} tokens: {page.add(turns):.0f} ms at once")
            print(f"JavaScript heap {page.heap():.0f} MB")
    print(f"{platform.machine()}, {os.cpu_count()} processors, {date.today()}")


if __name__ == "__main__":
    main()
