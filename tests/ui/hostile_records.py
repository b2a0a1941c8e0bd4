"""Records of every kind with a text in each of their fields: as ``name: text``, so that each can be found again."""

from dataclasses import replace
from typing import Any

from chains.engines.scripted import ScriptedChatModel
from chains.pipeline.pipeline import confidence_pipeline
from estimators.types import (
    Answer,
    Assessment,
    Claim,
    Decision,
    Evidence,
    FidelityChain,
    MarkerMatch,
    Message,
    Probe,
    Provenance,
    Question,
    Signal,
    Token,
)  # fmt: skip
from tests.ui.measured import measured
from ui.panel.panel import assessment_panel, turn_panel


def said(name: str, text: str) -> str:
    """A field that holds the text."""
    return f"{name}: {text}"


def probe(name: str, text: str, reply: Answer | None = None) -> Probe:
    return Probe(name, (Message("user", said("Prompt", text)),), reply or Answer(said("Reply", text)))


def assessed(text: str, decision: Decision, **changes: Any) -> Assessment:
    """An assessment with the text in every field of its record."""
    first, second = f"Said: {text}. ", "It ends here."
    answer = Answer(first + second, (Token(first, -0.5, ((first, -0.5), (text, -1.0))), Token(second, -0.1)))
    evidence = Evidence(
        Question(said("Question", text)),
        answer,
        probes={
            name: probe(name, text, reply)
            for name, reply in ((said("Probe", text), None), ("third", Answer("", missing=said("No reply", text))))
        },
        samples=(Answer(said("Sample", text)), Answer(said("Other sample", text))),
        groups=((0,), (1,)),
        shown_group=0,
        chains=(FidelityChain(("A", said("Label", text)), said("Ended", text)),),
        claims=(Claim((0, len(first) - 1)), Claim((len(first), len(first + second)))),
        provenance=Provenance(
            said("Model", text), said("Engine", text), prompts={said("Wording", text): "0" * 64},
            created=said("Asked", text), begun=said("Begun", text),
        ),
    )  # fmt: skip
    signals = (
        Signal("sequence_probability", 0.6, calibrated=0.5),
        Signal("linguistic", None, missing=said("Missing", text)),
    )
    match = MarkerMatch(
        said("Marker", text),
        len(first),
        len(first) + 2,
        said("Canonical", text),
        0.7,
        0.6,
        0.8,
        said("Survey", text),
        0.9,
    )
    return Assessment(replace(evidence, **changes), signals, (match,), decision)


def undecided(text: str) -> Decision:
    return Decision(False, None, 0.5, said("Reason", text))


def raw(text: str) -> Decision:
    signal, why = said("signal", text.lower()), said("Uncalibrated", text)
    return Decision(True, 0.3, 0.5, said("Reason", text), signal, uncalibrated=why)


def calibrated(text: str) -> Decision:
    return Decision(
        False, 0.8, 0.5, said("Reason", text), "combined", True, 0.1, said("Promise", text),
        outside=said("Outside", text), unchecked=said("Unchecked", text),
    )  # fmt: skip


def unpromised(text: str) -> Decision:
    return Decision(
        False, 0.8, 0.5, said("Reason", text), "combined", True, no_promise=said("No promise", text)
    )


RECORD = (
    "Reason", "Said", "Probe", "Prompt", "Reply", "No reply", "Sample", "Other sample", "Label", "Ended", "Model",
    "Engine", "Wording", "Asked", "Begun", "Missing", "Marker", "Survey", "Own figures", "No figure",
)  # fmt: skip


def options_panel(text: str) -> str:
    """A question with options, another of which was the first choice; the chains name options."""
    found = assessed(text, raw(text), options=(said("Option", text), said("Better option", text)))
    return assessment_panel(replace(found, signals=(Signal("p_ic", 0.3, per_option=(0.3, 0.7)),)))


def looking_closer(text: str) -> str:
    turn = confidence_pipeline(ScriptedChatModel()).invoke(text)
    return turn_panel(replace(turn, assessment=assessed(text, raw(text)), stage="looking closer"))


def calibration(text: str) -> Any:
    """A calibration file with the text in every field of it."""
    made = measured(said("Name", text), kinds=("free",), model=said("Model", text))
    part = made.parts[0]
    first, second, third = part.signals
    changed = replace(
        part,
        deciding=said("Deciding", text),
        signals=(
            first,
            replace(second, name=said("Signal", text)),
            replace(third, missing=said("Missing", text)),
        ),
        combined=replace(part.combined, names=(part.combined.names[0], said("Weighed", text))),
        points=tuple(
            replace(point, missing=said("Unkept", text)) if point.missing else point for point in part.points
        ),
    )
    return replace(
        made, parts=(changed,), engine=said("Engine", text), unmeasured={"choice": said("Unmeasured", text)},
        left_out={said("Left out", text): 3}, questions=replace(made.questions, name=said("Questions", text)),
    )  # fmt: skip
