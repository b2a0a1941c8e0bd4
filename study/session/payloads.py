"""The payloads of event rows: facts about the screen they belong to."""

from datetime import datetime
from typing import Any

from study.design.model import Design
from study.plan.steps import Step
from study.session.screens import Drawn
from study.tables.trial_row import to_event


def limit(design: Design, step: Step) -> int | None:
    """The time limit of a screen in seconds."""
    return getattr(design.time_limits, step.phase) if step.phase else None


def between(start: str, end: str) -> float:
    """Seconds between two server timestamps."""
    return round((datetime.fromisoformat(end) - datetime.fromisoformat(start)).total_seconds(), 3)


def about(design: Design, step: Step) -> dict[str, Any]:
    """The facts about a screen that go into its event rows."""
    facts: dict[str, Any] = {"kind": step.kind}
    if step.about:
        facts["about"] = step.about
    if step.kind in ("trial", "feedback"):
        facts |= {
            "item": step.about, "phase": step.phase, "trial": step.trial, "practice": step.practice,
            "block": step.block, "condition": step.condition,
            "shows": list(design.condition(step.condition).shows),
        }  # fmt: skip
    elif step.condition:
        facts |= {"condition": step.condition, "block": step.block}
    return facts


def shown(drawn: Drawn, step: Step, stimuli_sha256: str) -> dict[str, Any]:
    """The facts about a shown screen, with the AI answer and its confidence if they were on it."""
    design = drawn.design
    facts = about(design, step)
    if step.kind != "trial" or step.phase == "own" or design.flow.is_live(design.condition(step.condition)):
        return facts
    frozen = drawn.stimuli.get(step.about)
    if frozen is None:
        return facts
    decision = frozen.assessment.decision
    ai = to_event(
        ai_answer=frozen.answer, ai_answer_length=len(frozen.answer), ai_correct=frozen.correct,
        ai_confidence=decision.confidence, ai_calibrated=decision.calibrated, ai_abstained=decision.abstain,
    )  # fmt: skip
    return {**facts, **ai, "stimuli_sha256": stimuli_sha256}
