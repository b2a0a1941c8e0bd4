"""Whether answers are right more often where another model says the same, from runs of two models on the same questions."""

from collections.abc import Mapping, Sequence
from itertools import permutations

from chains.meaning.embedding import Embeds
from chains.meaning.semantic_clustering import group
from chains.progress import SLOW, tracked
from estimators.abstention import deciding
from estimators.parsing.options import find_choice
from evaluation.metrics import BY_NAME, Difference, paired_differences
from evaluation.metrics.bootstrap import exact_interval
from evaluation.reports.tables import ABSENT, number
from evaluation.reproductions.ownership import change
from evaluation.reproductions.run_files import Source
from evaluation.runs.record import Record

HEADINGS = ["answers of", "compared with", "questions", "answers", "agree", "right where they agree",
            "right where they do not", "AUROC of the agreement", "AUROC of the tokens", "difference"]  # fmt: skip


def agreement_rows(sources: Sequence[Source], embedder: Embeds, draws: int) -> list[list[str]]:
    """One row for every ordered pair of models and each kind of question."""
    rows = [HEADINGS]
    for mine, other in tracked(list(permutations(sources, 2)), "comparing", "pairs", after=SLOW):
        theirs = {record.id: record for record in other.run.records if record.said}
        for kind, options in (("with options", True), ("without options", False)):
            graded = [record for record in mine.run.graded if bool(record.choices) == options]
            shared = [record for record in graded if record.id in theirs]
            if shared:
                rows.append([mine.run.model, other.run.model, kind, *_cells(shared, theirs, embedder, draws)])
    return rows


def agree(first: Record, second: Record, embedder: Embeds) -> bool | None:
    """Whether two answers to one question choose the same option or mean the same; None if either chooses none."""
    if first.choices:
        one, two = find_choice(first.said, first.choices), find_choice(second.said, first.choices)
        return None if one is None or two is None else one[0] == two[0]
    return len(group([first.said, second.said], question=first.question, embedder=embedder)) == 1


def _cells(
    records: Sequence[Record], theirs: Mapping[str, Record], embedder: Embeds, draws: int
) -> list[str]:
    same: list[float] = []
    tokens: list[float] = []
    right: list[float] = []
    for record in records:
        agreed, own = agree(record, theirs[record.id], embedder), _own(record)
        if agreed is not None and own is not None:
            same.append(float(agreed))
            tokens.append(own)
            right.append(float(bool(record.correct)))
    if not same:
        return ["0", *[ABSENT] * 6]
    compared = paired_differences((same, right), (tokens, right), [BY_NAME["auroc"]], draws=draws)
    difference: Difference | None = compared.get("auroc")
    areas = (difference.first, difference.second) if difference else (None, None)
    agreeing = [value for value, agreed in zip(right, same, strict=True) if agreed]
    others = [value for value, agreed in zip(right, same, strict=True) if not agreed]
    return [
        f"{len(same):,}", f"{len(agreeing):,}", _share(agreeing), _share(others),
        *(ABSENT if area is None else number(area) for area in areas), change(difference),
    ]  # fmt: skip


def _own(record: Record) -> float | None:
    """The confidence that decides without a calibration."""
    signals = (record.by_name.get(name) for name in deciding(bool(record.choices)))
    return next((signal.confidence for signal in signals if signal and signal.confidence is not None), None)


def _share(right: Sequence[float]) -> str:
    if not right:
        return ABSENT
    interval = exact_interval(int(sum(right)), len(right))
    return f"{number(sum(right) / len(right))} [{number(interval.low)}, {number(interval.high)}]"
