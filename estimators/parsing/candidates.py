"""The candidates of a question: its options, or the distinct sampled answers."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from estimators.parsing.options import LABELS, find_choice
from estimators.types import Evidence


@dataclass(frozen=True, slots=True)
class Candidate:
    """One of the sampled answers, with its letter and its share of the readable samples."""

    label: str
    text: str
    count: int
    share: float  # of the samples that belong to any candidate
    shown: bool  # it agrees with the shown answer


def candidate_labels(evidence: Evidence) -> tuple[str, ...]:
    """The letter of every group of samples: that of its option, or the next unused one for a free question."""
    if not evidence.options:
        return tuple(LABELS[: len(evidence.groups)])
    labels = []
    for group in evidence.groups:
        choice = find_choice(evidence.samples[group[0]].text, evidence.options)
        labels.append(LABELS[choice[0]] if choice else "")
    return tuple(labels)


def candidates(evidence: Evidence) -> tuple[Candidate, ...]:
    """The groups of samples as candidates, largest first; Σ share = 1 unless there are none."""
    total = sum(map(len, evidence.groups))
    unsorted = []
    for index, (label, group) in enumerate(zip(candidate_labels(evidence), evidence.groups, strict=True)):
        if evidence.options and label:
            text = evidence.options[LABELS.index(label)]
        else:
            text = Counter(evidence.samples[place].judged_text for place in group).most_common(1)[0][0]
        shown = index == evidence.shown_group
        unsorted.append(Candidate(label, text, len(group), len(group) / total, shown))
    return tuple(sorted(unsorted, key=lambda candidate: -candidate.count))


def label_texts(evidence: Evidence, none_of_these: str = "none of these") -> Mapping[str, str]:
    """The text behind every letter of a fidelity chain; for a free question, "none of these" comes last."""
    if evidence.options:
        return dict(zip(LABELS, evidence.options, strict=False))
    texts = {candidate.label: candidate.text for candidate in candidates(evidence)}
    return {**texts, LABELS[len(texts)]: none_of_these} if texts else {}
