"""Records of every kind with a text in each of their fields: as ``name: text``, so that each can be found again."""

from dataclasses import replace
from typing import Any

from chains.engines.scripted import ScriptedChatModel
from chains.pipeline.pipeline import confidence_pipeline
from estimators.markers.mic import ALL, MarkerConfidence, OwnMarkers
from estimators.markers.stripping import canonical
from estimators.reading import read
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
from ui.chat.conversation import Entry
from ui.panel import panel_html
from ui.shown.panel import assessed_panel
from ui.shown.turn import shown_turn


def field(name: str, text: str) -> str:
    """A field that holds the text."""
    return f"{name}: {text}"


def probe(name: str, text: str, reply: Answer | None = None) -> Probe:
    return Probe(name, (Message("user", field("Prompt", text)),), reply or Answer(field("Reply", text)))


def assessed(text: str, decision: Decision, **changes: Any) -> Assessment:
    """An assessment with the text in every field of its record."""
    first, second = f"Said: {text}. ", "It ends here."
    answer = Answer(first + second, (Token(first, -0.5, ((first, -0.5), (text, -1.0))), Token(second, -0.1)))
    evidence = Evidence(
        Question(field("Question", text)),
        answer,
        probes={
            name: probe(name, text, reply)
            for name, reply in ((field("Probe", text), None), ("third", Answer("", missing=field("No reply", text))))
        },
        samples=(Answer(field("Sample", text)), Answer(field("Other sample", text))),
        groups=((0,), (1,)),
        shown_group=0,
        chains=(FidelityChain(("A", field("Label", text)), field("Ended", text)),),
        claims=(Claim((0, len(first) - 1)), Claim((len(first), len(first + second)))),
        provenance=Provenance(
            field("Model", text), field("Engine", text), prompts={field("Wording", text): "0" * 64},
            created=field("Asked", text), begun=field("Begun", text),
        ),
    )  # fmt: skip
    signals = (
        Signal("sequence_probability", 0.6, calibrated=0.5),
        Signal("linguistic", None, missing=field("Missing", text)),
    )
    match = MarkerMatch(
        field("Marker", text),
        len(first),
        len(first) + 2,
        field("Canonical", text),
        0.7,
        0.6,
        0.8,
        field("Survey", text),
        0.9,
    )
    return Assessment(replace(evidence, **changes), signals, (match,), decision)


def undecided(text: str) -> Decision:
    return Decision(False, None, 0.5, field("Reason", text))


def raw(text: str) -> Decision:
    signal, why = field("signal", text.lower()), field("Uncalibrated", text)
    return Decision(True, 0.3, 0.5, field("Reason", text), signal, uncalibrated=why)


def calibrated(text: str) -> Decision:
    return Decision(
        False, 0.8, 0.5, field("Reason", text), "combined", True, 0.1, field("Promise", text),
        outside=field("Outside", text), unchecked=field("Unchecked", text),
    )  # fmt: skip


def without_guarantee(text: str) -> Decision:
    return Decision(
        False, 0.8, 0.5, field("Reason", text), "combined", True, no_promise=field("No promise", text)
    )


RECORD = (
    "Reason", "Said", "Probe", "Prompt", "Reply", "No reply", "Sample", "Other sample", "Label", "Ended", "Model",
    "Engine", "Wording", "Asked", "Begun", "Missing", "Marker", "Survey", "Own figures", "No figure",
)  # fmt: skip


def own_markers(text: str) -> OwnMarkers:
    """A measurement of the model's own markers that holds the text."""
    marker = canonical(field("Canonical", text))
    entry = MarkerConfidence(marker, None, 0, missing=field("No figure", text))
    return OwnMarkers(field("Model", text), ALL, {marker: entry}, field("Own figures", text))


def panel(assessment: Assessment, text: str) -> str:
    """The panel of an assessment, with the text in the measured markers."""
    return panel_html(assessed_panel(assessment, read(assessment, own=own_markers(text))))


def options_panel(text: str) -> str:
    """A question with options, another of which was the first choice; the chains name options."""
    assessment = assessed(text, raw(text), options=(field("Option", text), field("Better option", text)))
    return panel(replace(assessment, signals=(Signal("p_ic", 0.3, per_option=(0.3, 0.7)),)), text)


def checking_consistency(text: str) -> str:
    turn = confidence_pipeline(ScriptedChatModel()).invoke(text)
    assessment = assessed(text, raw(text))
    reading = read(assessment, own=own_markers(text))
    checking = replace(turn, assessment=assessment, reading=reading, stage="checking consistency")
    return panel_html(shown_turn(Entry(text, checking)).panel)


def calibration(text: str) -> Any:
    """A calibration file with the text in every field of it."""
    complete = measured(field("Name", text), kinds=("free",), model=field("Model", text))
    part = complete.parts[0]
    first, second, third = part.signals
    changed = replace(
        part,
        deciding=field("Deciding", text),
        signals=(
            first,
            replace(second, name=field("Signal", text)),
            replace(third, missing=field("Missing", text)),
        ),
        combined=replace(part.combined, names=(part.combined.names[0], field("Weighed", text))),
        points=tuple(
            replace(point, missing=field("Unkept", text)) if point.missing else point for point in part.points
        ),
    )
    return replace(
        complete, parts=(changed,), engine=field("Engine", text), unmeasured={"choice": field("Unmeasured", text)},
        left_out={field("Left out", text): 3}, questions=replace(complete.questions, name=field("Questions", text)),
    )  # fmt: skip
