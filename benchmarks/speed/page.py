"""docs/performance.md, from what a run measured.

python -m benchmarks.speed.page [FILE.json] [--page docs/performance.md]
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from benchmarks.engines import table as engines_table
from benchmarks.speed.measured import spread
from benchmarks.speed.plot import draw_turns
from benchmarks.speed.questions import AGREE, CHECKED, CHOICE, DISAGREE, LINE, QUESTIONS
from benchmarks.speed.results import Peer, Speed, load_speed
from benchmarks.speed.streaming import table as streaming_table
from benchmarks.speed.targets import Target, targets
from benchmarks.speed.turns import table as turns_table
from chains.progress import duration
from evaluation.reports.tables import ABSENT
from files.atomic import write_text
from files.errors import BadFile

ROOT = Path(__file__).parents[2]
RESULT, PAGE = ROOT / "docs" / "results" / "performance.json", ROOT / "docs" / "performance.md"
PROMPT, REPLY = 512, 64  # tokens with which the engines are measured
PEERS = "python -m benchmarks.speed --only peers"


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the page and its picture; returns the exit status."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed.page", description=__doc__)
    parser.add_argument("file", nargs="?", type=Path, default=RESULT, help="what a run measured")
    parser.add_argument("--page", type=Path, default=PAGE, help="the page to write")
    args = parser.parse_args(arguments)
    try:
        write_page(load_speed(args.file), args.page)
    except BadFile as error:
        print(f"credence: {error}", file=sys.stderr)
        return 1
    return 0


def write_page(speed: Speed, page: Path) -> None:
    """Write the page, and beside it the picture that it shows."""
    picture = page.with_suffix(".svg")
    draw_turns(speed.turns, picture)
    write_text(page, page_text(speed, picture.name))


def page_text(speed: Speed, picture: str) -> str:
    """The page as Markdown."""
    return f"""# Performance

What an answer and its confidence cost. The first command measures and writes this page, the second one only writes it
again, so do not edit it.

```
{speed.command}
python -m benchmarks.speed.page
```

{speed.machine}. {speed.repeats} repeats, {duration(speed.seconds)}. {speed.turns.engine}. Each cell is a median with the
smallest and largest value, ratios are those of medians, and what is compared took turns. All values are in
[performance.json](results/performance.json).

## Targets

They are meant for the built-in model on two processors.

{target_table(targets(speed))}

## A turn

![Seconds of each way to ask]({picture})

{turns_table(speed.turns)}

“{QUESTIONS[LINE]}” is the question of one line; the others are in `benchmarks/speed/questions.py`. Each begins with a
number that occurs once in a run, so the prefix cache holds nothing of it but the system message. The panel is the
default one: {_panel(speed, LINE)}; for choices {_panel(speed, CHOICE)}. The sentences of a
longer answer are judged one by one. “Two calls at once” sets `at_once` to 2; without the prefix cache, it is 1.
A consistency check draws ten samples for “{CHECKED[AGREE]}” and for “{CHECKED[DISAGREE]}”
and follows every fidelity chain. The page stops it early: once the leading meaning is settled, and with only those
chains that could change the result. Both rows count what the check adds to an answer that has its panel.

## The stream

{streaming_table(speed.streaming)}

The page is read over HTTP as a browser reads it, with the confidence of every word; the engine alone sends no
log-probabilities.

## Engines

{engines_table(speed.engines, PROMPT, REPLY, speed.repeats)}

## Other packages

`{PEERS}` installs UQLM and lm-polygraph, each in an environment of its own, and measures
this part alone. Both sides answer the same questions with the same model and compute the same signals, in turn; a
question counts only if its answer was complete, so that everything was asked.

{peer_table(speed.peers) if speed.peers else "Not measured yet."}
"""


def target_table(rows: Sequence[Target]) -> str:
    """The targets as a Markdown table."""
    lines = ["| target | goal | measured | |", "|---|--:|--:|---|"]
    for target in rows:
        value = "–" if target.value is None else f"{target.value:.2f}{target.unit}"
        lines.append(f"| {target.what} | {target.goal} | {value} | {target.outcome} |")
    return "\n".join(lines)


def peer_table(peers: Sequence[Peer]) -> str:
    """Other packages and Credence as a Markdown table, with what was not measured and why."""
    lines = [
        "| package | signals | model | questions | left out | its seconds per question | ours | ratio | measured |",
        "|---|---|---|--:|--:|--:|--:|--:|---|",
    ]
    for peer in peers:
        if peer.ratio is None:
            cells = [peer.name, peer.signals, *[ABSENT] * 6, f"no: {peer.missing}"]
        else:
            cells = [
                peer.name, peer.signals, peer.engine, str(len(peer.ours)), str(peer.left_out), spread(peer.theirs),
                spread(peer.ours), f"{peer.ratio:.2f}", str(peer.measured or "with the rest"),
            ]  # fmt: skip
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _panel(speed: Speed, question: str) -> str:
    return ", ".join(f"`{name}`" for name in speed.turns.panels.get(question, ()))


if __name__ == "__main__":
    sys.exit(main())
