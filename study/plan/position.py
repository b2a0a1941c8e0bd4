"""The position of a session: a pure function of its plan and its stored answers."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from study.design.model import Design
from study.plan.steps import Step

Answers = Mapping[str, Mapping[str, Any]]  # screen → payload of its answer


@dataclass(frozen=True, slots=True)
class Position:
    """The next screen, or the outcome of an ended session."""

    step: Step | None
    outcome: str  # "" while it is running · completed · declined · screened-out
    done: int
    total: int
    passed: int  # attention checks
    failed: int


def position(design: Design, steps: Sequence[Step], answers: Answers) -> Position:
    """Replay the stored answers over the plan."""
    checks = [answers[step.id].get("passed") for step in steps if step.kind == "check" and step.id in answers]
    passed, failed = checks.count(True), checks.count(False)
    step = next((step for step in steps if step.id not in answers), None)
    outcome = _ended(design, answers, failed) or ("" if step else "completed")
    done = sum(step.id in answers for step in steps)
    return Position(None if outcome else step, outcome, done, len(steps), passed, failed)


def _ended(design: Design, answers: Answers, failed: int) -> str:
    if "consent" in answers and answers["consent"]["values"].get("agree") is not True:
        return "declined"
    if design.screening is not None and "screening" in answers:
        values = answers["screening"]["values"]
        if any(values.get(name) not in kept for name, kept in design.screening.keep.items()):
            return "screened-out"
    if design.attention.then == "screen-out" and failed > design.attention.allowed_failures:
        return "screened-out"
    return ""
