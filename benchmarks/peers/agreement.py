"""lm-polygraph's estimates beside Credence's signals, on the questions that both answered in the same words."""

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial

import numpy as np
from numpy.typing import NDArray
from scipy.stats import rankdata

from benchmarks.peers.child import Scored
from estimators.signals.token_probability import entropy
from evaluation.metrics import BY_NAME, Metric, paired_differences, resampled, spearman
from evaluation.metrics.bootstrap import SEED
from evaluation.reports.tables import ABSENT, cell, number
from evaluation.reproductions.ownership import change
from evaluation.reproductions.signals.benchmark import Cell
from evaluation.runs.record import Record

AUROC: Metric = BY_NAME["auroc"]
TOLERANCE = 1e-3  # nats between two computations of an answer's log-probability in single precision
# lm-polygraph's estimator → the signal that reads the same; None: Credence has none, it is compared with the reference
COUNTERPART: Mapping[str, str | None] = {
    "MaximumSequenceProbability": None,
    "Perplexity": "sequence_probability",
    "MeanTokenEntropy": "mean_entropy",
    "PTrue": "p_true_third",
    "SelfCertainty": None,
    "RenyiNeg": None,
    "FisherRao": None,
    "BoostedProbSequence": None,
}


@dataclass(frozen=True, slots=True)
class Pair:
    """One graded answer of a run, and what lm-polygraph says of the same words."""

    record: Record
    scored: Scored

    @property
    def logprobs(self) -> tuple[float, ...]:
        """lm-polygraph's log-probabilities without the one of the end token, which Credence does not count."""
        return self.scored.logprobs[: -1 if self.scored.ended else None]

    @property
    def entropies(self) -> tuple[float, ...]:
        """lm-polygraph's entropies without the one of the end token."""
        return self.scored.entropies[: -1 if self.scored.ended else None]

    def ours(self, signal: str) -> float | None:
        """Credence's confidence by that signal."""
        found = self.record.by_name.get(signal)
        return found.confidence if found else None


def pairs_of(records: Sequence[Record], scored: Mapping[str, Scored]) -> tuple[Pair, ...]:
    """The graded records that lm-polygraph answered in the same words, to the last character."""
    return tuple(
        Pair(record, scored[record.id])
        for record in records
        if record.correct is not None
        and record.assessment is not None
        and record.id in scored
        and scored[record.id].answer == record.assessment.evidence.answer.text
    )


def equality_rows(pairs: Sequence[Pair]) -> list[list[str]]:
    """How far both packages are apart where they read the same, in nats; differences are lm-polygraph's minus ours."""
    rows = [["what", "answers", "mean difference", "smallest", "largest"]]
    measures: tuple[tuple[str, Callable[[Pair], float | None]], ...] = (
        ("log-probability of the answer, without the end token", _log_probability),
        ("the same, with the end token as MaximumSequenceProbability counts it", _with_end),
        ("mean log-probability (Perplexity), without the end token", _mean_log_probability),
        ("mean token entropy, without the end token", _mean_entropy),
    )
    for what, measure in measures:
        found = [value for pair in pairs if (value := measure(pair)) is not None]
        figures = [math.fsum(found) / len(found), min(found), max(found)] if found else []
        cells = [number(value, 6) for value in figures] or [ABSENT] * 3
        rows.append([what, f"{len(found):,}", *cells])
    return rows


def unequal(pairs: Sequence[Pair]) -> tuple[str, ...]:
    """The records whose log-probability differs by more than the tolerance, although the words are the same."""
    return tuple(
        pair.record.id
        for pair in pairs
        if (difference := _log_probability(pair)) is not None and abs(difference) > TOLERANCE
    )


def _tokens(pair: Pair) -> tuple[float, ...] | None:
    """Our log-probabilities; None if the answer has no tokens."""
    assert pair.record.assessment is not None
    return tuple(token.logprob for token in pair.record.assessment.evidence.answer.tokens) or None


def _log_probability(pair: Pair) -> float | None:
    ours = _tokens(pair)
    return None if ours is None else math.fsum(pair.logprobs) - math.fsum(ours)


def _with_end(pair: Pair) -> float | None:
    ours = _tokens(pair)
    return None if ours is None else math.fsum(pair.scored.logprobs) - math.fsum(ours)


def _mean_log_probability(pair: Pair) -> float | None:
    """None as well if a character made of several tokens was merged, which changes the number of tokens."""
    ours = _tokens(pair)
    if ours is None or len(ours) != len(pair.logprobs):
        return None
    return (math.fsum(pair.logprobs) - math.fsum(ours)) / len(ours)


def _mean_entropy(pair: Pair) -> float | None:
    assert pair.record.assessment is not None
    tokens = pair.record.assessment.evidence.answer.tokens
    if not tokens or len(tokens) != len(pair.entropies) or not all(token.top for token in tokens):
        return None
    return (math.fsum(pair.entropies) - math.fsum(entropy(token) for token in tokens)) / len(tokens)


def quality_rows(of: Cell, pairs: Sequence[Pair], draws: int) -> list[list[str]]:
    """The AUROC of each estimator of lm-polygraph beside that of our counterpart, on the same answers."""
    head = ["lm-polygraph", "AUROC", "Credence", "AUROC", "difference", "Spearman's ρ", "answers"]
    return [
        head,
        *(_row(pairs, name, signal or of.reference, draws) for name, signal in COUNTERPART.items()),
    ]


def _row(pairs: Sequence[Pair], name: str, signal: str, draws: int) -> list[str]:
    both = [
        (-uncertainty, ours, float(bool(pair.record.correct)))
        for pair in pairs
        if (uncertainty := pair.scored.scores.get(name)) is not None
        and (ours := pair.ours(signal)) is not None
    ]
    if not both:
        return [name, ABSENT, signal, ABSENT, ABSENT, ABSENT, "0"]
    certainty, ours, correct = np.array(both).T
    theirs = rankdata(certainty) / len(both)  # the AUROC sees only the order
    sides = [
        cell(resampled(partial(_area, side, correct), len(both), draws, seed=SEED)) for side in (theirs, ours)
    ]
    difference = paired_differences((theirs, correct), (ours, correct), [AUROC], draws=draws)["auroc"]
    together = resampled(partial(_correlation, certainty, ours), len(both), draws, seed=SEED)
    return [name, sides[0], signal, sides[1], change(difference), cell(together), f"{len(both):,}"]


def _area(side: NDArray[np.float64], correct: NDArray[np.float64], chosen: NDArray[np.intp]) -> float:
    return float(AUROC.measure(side[chosen], correct[chosen]))


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64], chosen: NDArray[np.intp]) -> float:
    return spearman(a[chosen], b[chosen])
