"""Ownership bias: how much better calibrated an answer is judged when it is quoted as somebody else's, from runs.

Reference: arXiv 2606.03437, own turn minus third person in calibration error.
"""

from collections.abc import Mapping, Sequence

from chains.progress import SLOW, tracked
from evaluation.metrics import BY_NAME, Difference, paired_differences
from evaluation.reports.tables import ABSENT, number
from evaluation.reproductions.run_files import Source, confidences

# What is asked → the same question in the model's own turn and in the third person.
PAIRS: Mapping[str, tuple[str, str]] = {
    "P(True)": ("p_true_own", "p_true_third"),
    "words, expected": ("likert_own_oc_expected", "likert_third_oc_expected"),
    "words, label": ("likert_own_oc_label", "likert_third_oc_label"),
    "words without options, expected": ("likert_own_expected", "likert_third_expected"),
    "words without options, label": ("likert_own_label", "likert_third_label"),
    "free rating": ("rating_own_oc", "rating_third_oc"),
    "free rating without options": ("rating_own", "rating_third"),
}
PUBLISHED = {"P(True)": 0.098, "words, label": 0.261}  # ΔECE
PUBLISHED_LINE = (
    "Published ΔECE (arXiv 2606.03437): 0.098 for P(True), 0.179 for percentages, 0.261 for words."
)
METRICS = ("ece", "brier")


def ownership_rows(sources: Sequence[Source], draws: int) -> list[list[str]]:
    """Own turn minus third person in ECE and Brier score, for every pair of signals that a run has."""
    rows = [["model and data set", "asked for", "answers", "ECE, own", "ECE, third", "ΔECE", "published ΔECE", "Brier, own",
             "Brier, third", "ΔBrier"]]  # fmt: skip
    for source in tracked(sources, "comparing", "runs", after=SLOW):
        for asked, (own, third) in PAIRS.items():
            if own in source.run.signals and third in source.run.signals:
                n, differences = ownership(source, own, third, draws)
                ece, brier = (_cells(differences.get(name)) for name in METRICS)
                published = number(PUBLISHED[asked]) if asked in PUBLISHED else ABSENT
                rows.append([source.title, asked, f"{n:,}", *ece, published, *brier])
    return rows


def ownership(source: Source, own: str, third: str, draws: int) -> tuple[int, dict[str, Difference]]:
    """The number of graded answers that have both signals, and the difference of each metric, own minus third person."""
    graded = source.run.graded
    ours, theirs = confidences(graded, own), confidences(graded, third)
    right = {record.id: float(bool(record.correct)) for record in graded}
    both = [name for name in ours if name in theirs]
    if not both:
        return 0, {}
    outcomes = [right[name] for name in both]
    first, second = ([side[name] for name in both] for side in (ours, theirs))
    metrics = [BY_NAME[name] for name in METRICS]
    return len(both), paired_differences((first, outcomes), (second, outcomes), metrics, draws=draws)


def _cells(difference: Difference | None) -> list[str]:
    """Own, third, and the difference with its interval."""
    if (
        difference is None
        or difference.first is None
        or difference.second is None
        or difference.value is None
    ):
        return [ABSENT] * 3
    return [number(difference.first), number(difference.second), change(difference)]


def change(difference: Difference | None) -> str:
    """A difference with its interval in one cell."""
    if difference is None or difference.value is None:
        return ABSENT
    if difference.low is None or difference.high is None:
        return signed(difference.value)
    return f"{signed(difference.value)} [{signed(difference.low)}, {signed(difference.high)}]"


def signed(value: float) -> str:
    """A difference with its sign.

    >>> signed(0.0512), signed(-0.2)
    ('+0.051', '−0.200')
    """
    text = number(value)
    return text if text.startswith("−") else f"+{text}"
