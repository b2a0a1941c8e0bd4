"""The epistemic markers in the answers of a run: the confidence of each, and how stable it is across domains."""

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from chains.progress import SLOW, tracked
from estimators.markers.lexicon import lexicon
from estimators.markers.mic import ALL, MarkerConfidence
from estimators.markers.polarity import asserted, denies
from estimators.markers.stripping import NO_HEDGE, canonical, sentence_markers
from evaluation.metrics import (
    Estimate,
    Item,
    cmfg,
    cmfg_published,
    faithfulness,
    marker_confidence,
    resampled,
)
from evaluation.metrics.bootstrap import SEED
from evaluation.metrics.calibration.bins import By
from evaluation.metrics.estimate import estimate_of
from evaluation.metrics.markers.stability import Form, marker_stability, split_items
from evaluation.metrics.validation import Array, Floats
from evaluation.reports.tables import ABSENT, number
from evaluation.runs.reader import Run
from evaluation.runs.record import Record

UNNAMED = "questions"  # the domain of records without one
NO_SAMPLES = "the run has no self_consistency signal: its answers were not sampled"
CONSISTENCY = "self_consistency"
HALVES = 20  # splits of a data set's questions into training and held-out halves


def marker_items(records: Sequence[Record], form: Form) -> list[Item]:
    """The markers of the answers with their target.

    ``mic``: every sentence with the answer's self-consistency, which replaces conf(s) because a record has no
    verdicts on single sentences. ``accuracy``: each marker of the answer once, with whether the answer was correct;
    an answer without markers counts as ``<no_hedge>``.
    """
    items = []
    for record in records:
        domain = record.domain or UNNAMED
        if form == "mic":
            target = _consistency(record)
            markers: Sequence[str] = _markers(record)
        else:
            target = None if record.correct is None else float(record.correct)
            markers = tuple(dict.fromkeys(m for m in _markers(record) if m != NO_HEDGE)) or (NO_HEDGE,)
        if target is not None and record.assessment is not None:
            items += [Item(marker, domain, target, record.id) for marker in markers]
    return items


def _markers(record: Record) -> tuple[str, ...]:
    return tuple(marker for _, marker in sentence_markers(record.said))


def _consistency(record: Record) -> float | None:
    signal = record.by_name.get(CONSISTENCY)
    return None if signal is None else signal.confidence


@cache
def human_norms() -> Mapping[str, float]:
    """The human norm of each marker for its claim, 0 to 1; a sentence without a marker counts as 1."""
    return {NO_HEDGE: 1.0, **{canonical(entry.marker): entry.norm for entry in lexicon()}}


@cache
def decisiveness() -> Mapping[str, float]:
    """The human norm of what a sentence with each marker asserts, 0 to 1: 1 − norm if the marker denies its claim."""
    return {marker: asserted(marker, norm) for marker, norm in human_norms().items()}


def norm_cell(marker: str) -> str:
    """The human norm of what sentences with a marker assert, as a table shows it.

    >>> norm_cell("likely"), norm_cell("unlikely"), norm_cell("20 %")
    ('0.75', '0.80 (not so)', '–')
    """
    value = decisiveness().get(marker)
    return ABSENT if value is None else number(value, 2) + (" (not so)" if denies(marker) else "")


@dataclass(frozen=True, slots=True)
class MarkerRow:
    """One marker over all answers of a run."""

    marker: str
    norm: float | None  # human, of the claim, 0 to 1
    mic: MarkerConfidence
    accuracy: MarkerConfidence

    @property
    def gap(self) -> float | None:
        """MIC minus the human norm of its sentences; if positive, the marker sounds less certain than the model is."""
        return None if self.norm is None else self.mic.gap(self.norm)


def marker_rows(run: Run) -> list[MarkerRow]:
    """Every marker of a run, the most frequent first."""
    tables = {form: marker_confidence(marker_items(run.records, form)) for form in ("mic", "accuracy")}
    mic, right = (tables[form].get(ALL, {}) for form in ("mic", "accuracy"))
    names = sorted({*mic, *right}, key=lambda m: (-max(t[m].n for t in (mic, right) if m in t), m))
    sampled = any(_consistency(record) is not None for record in run.records)
    never = MarkerConfidence("", None, 0, missing="not seen" if sampled else NO_SAMPLES)
    ungraded = MarkerConfidence("", None, 0, missing="none of its answers was graded")
    return [MarkerRow(m, human_norms().get(m), mic.get(m, never), right.get(m, ungraded)) for m in names]


def faithful_responses(records: Sequence[Record]) -> tuple[Floats, Floats]:
    """Self-consistency and faithfulness of every sampled answer, shapes (n,)."""
    norms = decisiveness()
    confidence, faithful = [], []
    for record in records:
        sure, markers = _consistency(record), _markers(record)
        if sure is None or not markers or not all(marker in norms for marker in markers):
            continue
        confidence.append(sure)
        faithful.append(faithfulness([norms[m] for m in markers], [sure] * len(markers)))
    return np.array(confidence), np.array(faithful)


def run_cmfg(run: Run, draws: int = 0, seed: int = SEED, by: By = "width") -> Estimate:
    """cMFG of a run's answers, with each answer's self-consistency as the confidence of all its sentences."""
    confidence, faithful = faithful_responses(run.records)
    if not confidence.size:
        return Estimate(None, NO_SAMPLES)
    return resampled(lambda i: cmfg(confidence[i], faithful[i], by=by), confidence.size, draws, seed)


def run_cmfg_published(run: Run, draws: int = 0, seed: int = SEED) -> Estimate:
    """The cMFG of a run as the released code of Liu & Cohan computes it."""
    confidence, faithful = faithful_responses(run.records)
    if not confidence.size:
        return Estimate(None, NO_SAMPLES)
    return resampled(lambda i: cmfg_published(confidence[i], faithful[i]), confidence.size, draws, seed)


@dataclass(frozen=True, slots=True)
class DataSets:
    """The figures of each data set, by name, that the correlations of marker stability need."""

    accuracy: dict[str, float]
    cmfg: dict[str, float]
    cmfg_published: dict[str, float]
    numeric: dict[str, tuple[Array, Array]]  # stated numbers and outcomes


def data_sets(records: Sequence[Record]) -> DataSets:
    """The figures of every domain of the records, if it has them."""
    by_domain: dict[str, list[Record]] = defaultdict(list)
    for record in records:
        by_domain[record.domain or UNNAMED].append(record)
    figures = DataSets({}, {}, {}, {})
    for name, some in sorted(by_domain.items()):
        graded = [record for record in some if record.correct is not None and record.assessment is not None]
        if graded:
            figures.accuracy[name] = float(np.mean([bool(record.correct) for record in graded]))
        responses = faithful_responses(some)
        for kept, variant in ((figures.cmfg, cmfg), (figures.cmfg_published, cmfg_published)):
            faithful = estimate_of(lambda variant=variant, of=responses: variant(*of))  # type: ignore[misc]
            if faithful.value is not None:
                kept[name] = faithful.value
        stated = [(c, bool(record.correct)) for record in graded if (c := _stated(record)) is not None]
        if stated:
            figures.numeric[name] = [c for c, _ in stated], [float(y) for _, y in stated]
    return figures


def _stated(record: Record) -> float | None:
    signal = record.by_name.get("numeric")
    return None if signal is None else signal.confidence


def run_stability(run: Run, form: Form, seed: int = 0) -> dict[str, Estimate]:
    """The seven metrics of marker stability over the domains of a run."""
    items = marker_items(run.records, form)
    if not items:
        reason = NO_SAMPLES if form == "mic" else "no answer is graded"
        return {name: Estimate(None, reason) for name in marker_stability([], [], form)}
    there = data_sets(run.records)
    seeds = range(seed, seed + HALVES)
    return halved_stability(
        items, form, seeds, accuracy=there.accuracy, cmfg=there.cmfg, numeric=there.numeric
    )


def halved_stability(
    items: Sequence[Item], form: Form, seeds: Sequence[int], **more: Any
) -> dict[str, Estimate]:
    """The seven metrics over one split into halves per seed; ``more`` as for marker_stability."""
    halved = [
        marker_stability(*split_items(items, seed=seed), form, **more)
        for seed in tracked(seeds, "splitting the questions", "splits", after=SLOW)
    ]
    return {name: over_halves([metrics[name] for metrics in halved]) for name in halved[0]}


def over_halves(halves: Sequence[Estimate]) -> Estimate:
    """Mean, lowest and highest of a metric over splits into halves; missing if it is missing in one of them.

    >>> over_halves([Estimate(0.25), Estimate(0.75)])
    Estimate(value=0.5, missing='', low=0.25, high=0.75)
    """
    values = [half.value for half in halves if half.value is not None]
    if len(values) == 1 == len(halves):
        return halves[0]
    if len(values) == len(halves):
        return Estimate(float(np.mean(values)), "", min(values), max(values))
    reasons = Counter(half.missing for half in halves if half.missing)
    reason, times = reasons.most_common(1)[0]
    return Estimate(
        None, reason if times == len(halves) else f"{reason} (in {times} of {len(halves)} splits)"
    )
