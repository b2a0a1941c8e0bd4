"""The wrong answers of a run with the highest confidence, for people to read."""

from estimators.alignment import INTERNAL
from evaluation.reports.parts import Answers, ShownAnswer
from evaluation.reports.tables import number
from evaluation.runs.reader import Run
from evaluation.runs.record import Record
from evaluation.scoring.signal_scores import TITLES

OVERCONFIDENT = 20


def sorting_signal(run: Run) -> str:
    """The signal that ranks overconfident answers if none is named: the internal one, else the first."""
    return next((name for name in (*INTERNAL, *run.signals) if name in run.signals), "")


def overconfident(run: Run, by: str = "") -> Answers:
    """The wrong answers with the highest confidence."""
    by = by or sorting_signal(run)
    wrong: list[tuple[float, Record]] = []
    for record in run.graded:
        signal = record.by_name.get(by)
        if not record.correct and signal is not None and signal.confidence is not None:
            wrong.append((signal.confidence, record))
    wrong.sort(key=lambda pair: -pair[0])
    shown = [
        ShownAnswer(
            record.id,
            number(confidence, 2),
            record.question,
            record.choices or (),
            record.said,
            record.right,
            _others(record, by),
        )
        for confidence, record in wrong[:OVERCONFIDENT]
    ]
    of = f", from {len(wrong):,} wrong answers" if len(wrong) > len(shown) else ""
    note = (
        f"Wrong answers with the highest {TITLES.get(by, by)} ({by}){of}."
        if shown
        else "No wrong answer has a confidence."
    )
    return Answers("Most overconfident answers", shown, (note,))


def _others(record: Record, by: str) -> str:
    others = (
        signal for signal in record.by_name.values() if signal.name != by and signal.confidence is not None
    )
    return " · ".join(f"{signal.name} {number(signal.confidence or 0.0, 2)}" for signal in others)
