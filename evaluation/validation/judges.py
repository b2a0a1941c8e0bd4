"""How well the agreement judges agree with hand labels."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from pydantic import BaseModel, ConfigDict, Field

from evaluation.validation.intervals import wilson_interval

LABELS = Path(__file__).with_name("labelled") / "agreement_real.jsonl"
NAMES = {1.0: "agree", 0.0: "contradict", 0.5: "neither", None: "cannot tell"}


class Triple(BaseModel):
    """One line of a label file: a sentence without its marker, another answer, and a person's label."""

    model_config = ConfigDict(frozen=True)

    question: str = Field(min_length=1)
    sentence: str = Field(min_length=1)
    sample: str
    label: Literal["agree", "contradict", "neither"]

    @property
    def value(self) -> float:
        """1 agree, 0 contradict, 0.5 neither."""
        return {"agree": 1.0, "contradict": 0.0, "neither": 0.5}[self.label]


@dataclass(frozen=True, slots=True)
class JudgeScore:
    """A judge's results on the labelled triples; one without a verdict counts as wrong."""

    judge: str
    n: int
    right: int
    low: float  # 95 % interval of the accuracy (Wilson)
    high: float
    distance: float | None  # mean |value − labelled value| over its verdicts, 0 to 1; lower is better
    untold: int
    confusion: Counter[tuple[str, str]]  # (label, verdict) → triples

    @property
    def accuracy(self) -> float:
        """Share of the triples on which it agrees with the label."""
        return self.right / self.n


def score(name: str, triples: Sequence[Triple], values: Sequence[float | None]) -> JudgeScore:
    """Accuracy over the three labels with its interval, and the mean distance to the labelled value."""
    pairs = list(zip(triples, values, strict=True))
    confusion: Counter[tuple[str, str]] = Counter((triple.label, NAMES[value]) for triple, value in pairs)
    right = sum(count for (label, verdict), count in confusion.items() if label == verdict)
    gaps = [abs(value - triple.value) for triple, value in pairs if value is not None]
    low, high = wilson_interval(right, len(pairs))
    untold = len(pairs) - len(gaps)
    distance = sum(gaps) / len(gaps) if gaps else None
    return JudgeScore(name, len(pairs), right, low, high, distance, untold, confusion)


def lines(result: JudgeScore) -> list[str]:
    """The figures as lines of text."""
    verdicts = list(NAMES.values())
    gap = "no verdict" if result.distance is None else f"{result.distance:.3f}"
    table = [
        f"  {label:>11}" + "".join(f"{result.confusion[label, verdict]:>12}" for verdict in verdicts)
        for label in verdicts[:3]
    ]
    return [
        f"{result.judge}: accuracy {result.accuracy:.3f} [{result.low:.3f}, {result.high:.3f}], n = {result.n}, "
        f"mean |value − label| {gap}, could not tell {result.untold}",
        f"  {'label':>11}" + "".join(f"{verdict:>12}" for verdict in verdicts),
        *table,
    ]
