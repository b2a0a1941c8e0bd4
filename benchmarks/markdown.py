"""Does a long answer stay smooth? The time of an update in Python and in the page, and the page's memory.

    python -m benchmarks.markdown

Writes one answer of 8,000 tokens (prose, lists, tables, code and formulas) in updates of four tokens, as a model of 40
tokens a second is shown ten times a second, and measures the time that its Markdown takes in Python. In Chromium, it
then draws the same updates, and 50 finished turns.
"""

import argparse
import json
import os
import platform
import re
import statistics
import time
from datetime import date
from typing import Any

from chains.progress import tracked
from ui.markdown.page import PageBlocks, page_blocks
from ui.parts import style, turns_script

TOKENS = 8_000
STEP = 4
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


def updates(tokens: list[str]) -> list[PageBlocks]:
    """The blocks of every update of an answer that is being written."""
    shown: list[PageBlocks] = []
    for count in range(STEP, len(tokens) + 1, STEP):
        before = shown[-1] if shown else None
        shown.append(page_blocks("".join(tokens[:count]), tokens[:count], True, before))
    return shown


def in_python(tokens: list[str]) -> list[float]:
    """CPU seconds of every update."""
    seconds: list[float] = []
    before: PageBlocks | None = None
    for count in tracked(range(STEP, len(tokens) + 1, STEP), "reading", "updates"):
        text = "".join(tokens[:count])
        start = time.process_time()
        before = page_blocks(text, tokens[:count], True, before)
        seconds.append(time.process_time() - start)
    return seconds


SCRIPT = """
const element = document.querySelector(".credence"), props = { value: [] }, trigger = () => {};
let redraw; const watch = (_, draw) => (redraw = draw);
"""
LAST_LINE = """
window.show = (turns) => { // milliseconds, with the layout
  props.value = turns;
  const start = performance.now();
  redraw();
  document.body.offsetHeight;
  return performance.now() - start;
};
"""


def turn(number: int, tokens: list[str], blocks: PageBlocks, done: bool) -> dict[str, Any]:
    """A turn as the page gets it."""
    rows = [[token, 0.9, [[token, 0.9, False], ["other", 0.05, True]], 1] for token in tokens]
    flags = dict.fromkeys(("calibrated", "revealed", "paused", "branching", "assessed", "last"), False)
    texts = dict.fromkeys(("progress", "abstain", "error", "closer"), "")
    stage = "done" if done else "answering"
    shown = {"text": "".join(tokens), "tokens": rows, "phrases": [], "blocks": blocks.drawn}
    return {
        "id": number,
        "question": "How?",
        "label": None,
        "notes": [],
        "branch": [],
        "stage": stage,
        **flags,
        **texts,
        **shown,
    }


def in_the_page(tokens: list[str], chromium: str) -> tuple[list[float], float, float]:
    """Milliseconds of every update; then those of 50 finished turns, and the page's memory with them in MB."""
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=chromium, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(viewport={"width": 1280, "height": 850})
        body = f"{style()}<div class=credence data-view=tokens><div class=cr-turns></div></div>"
        page.route("**/*", lambda route: route.fulfill(body=body, content_type="text/html"))
        page.goto("http://127.0.0.1/")  # an address, since a page without one has no storage
        page.evaluate(SCRIPT + turns_script() + LAST_LINE)
        milliseconds = [
            float(page.evaluate("show", [turn(1, tokens[: STEP * (number + 1)], blocks, done=False)]))
            for number, blocks in tracked(list(enumerate(updates(tokens))), "drawing", "updates")
        ]
        short = tokens[:TURN_TOKENS]
        finished = page_blocks("".join(short), short)
        turns = [turn(number, short, finished, done=True) for number in range(2, TURNS + 2)]
        of_all = float(
            page.evaluate(
                "show", [*turns, json.loads(json.dumps(turn(1, tokens, updates(tokens)[-1], True)))]
            )
        )
        session = page.context.new_cdp_session(page)
        session.send("HeapProfiler.collectGarbage")
        used = session.send("Runtime.getHeapUsage")["usedSize"]
        browser.close()
    return milliseconds, of_all, float(used) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description="Measure how long the Markdown of a long answer takes.")
    parser.add_argument("--chromium", help="path of a browser; without one only Python is measured")
    parser.add_argument("--tokens", type=int, default=TOKENS)
    arguments = parser.parse_args()
    tokens = answer(arguments.tokens)
    seconds = in_python(tokens)
    print(
        f"Python: median {statistics.median(seconds) * 1e3:.2f} ms, most {max(seconds) * 1e3:.1f} ms of CPU time per update,"
        f" {len(seconds)} updates up to {len(tokens)} tokens"
    )
    if arguments.chromium:
        drawn, of_all, memory = in_the_page(tokens, arguments.chromium)
        late = statistics.median(drawn[-50:])
        print(
            f"page: median {statistics.median(drawn):.1f} ms, last 50 updates {late:.1f} ms, most {max(drawn):.1f} ms"
        )
        print(
            f"{TURNS} turns of {TURN_TOKENS} tokens and the long one: {of_all:.0f} ms; JavaScript heap {memory:.0f} MB"
        )
    print(f"{platform.machine()}, {os.cpu_count()} processors, {date.today()}")


if __name__ == "__main__":
    main()
