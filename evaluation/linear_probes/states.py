"""The hidden states behind the labelled answers of a run."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from langchain_core.language_models import BaseChatModel
from numpy.typing import NDArray

from chains.engines.internals import NO_INSIGHT, ShowsInside
from chains.engines.scoring import CannotScore
from chains.errors import CredenceError, MessageTooLong
from chains.messages import to_langchain
from chains.pipeline.probing.probes import answer_messages
from chains.progress import tracked
from estimators.asking import asking_of
from estimators.calibration.scope import usable
from estimators.internals import Position
from estimators.types import Evidence, Message
from evaluation.metrics.validation import Floats
from evaluation.runs.record import Record

States = NDArray[np.float32]


@dataclass(frozen=True, slots=True, eq=False)
class LabelledStates:
    """The states of n answers at both positions, and whether each answer is right."""

    records: tuple[Record, ...]
    correct: Floats  # shape (n,)
    states: dict[Position, States]  # shape (n, layers + 1, d)
    left_out: int  # answers that no calibration covers, or that the model cannot read


def read_states(model: BaseChatModel, records: Sequence[Record]) -> LabelledStates:
    """Read every graded answer that a calibration would cover; raises CredenceError if the engine shows no states."""
    if not isinstance(model, ShowsInside):
        raise CredenceError(
            f"{NO_INSIGHT[0].upper()}{NO_INSIGHT[1:]}. Name a folder, a hub id or a .gguf file."
        )
    graded = [record for record in records if record.correct is not None and record.assessment is not None]
    kept: list[Record] = []
    rows: list[tuple[States, States]] = []
    for record in tracked(graded, "reading hidden states", "answers"):
        evidence = record.assessment.evidence if record.assessment else None
        if evidence is None or not usable(evidence):
            continue
        try:
            inside = model.inside(
                to_langchain(_sent(evidence)), evidence.answer.text, (evidence.answer.span or (0, 0))[1]
            )
        except (CannotScore, MessageTooLong):
            continue
        kept.append(record)
        rows.append((inside.before, inside.after))
    if not kept:
        raise CredenceError("The run has no graded answer that a probe could be trained on.")
    states: dict[Position, States] = {
        "before": np.stack([before for before, _ in rows]),
        "after": np.stack([after for _, after in rows]),
    }
    correct = np.array([float(bool(record.correct)) for record in kept])
    return LabelledStates(tuple(kept), correct, states, len(graded) - len(kept))


def _sent(evidence: Evidence) -> tuple[Message, ...]:
    """The messages of the answer's call."""
    options = evidence.provenance.options
    system = options.get("system")
    return answer_messages(
        evidence.question, asking_of(options) or "as_typed", system if isinstance(system, str) else ""
    )
