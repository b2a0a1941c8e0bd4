"""Everything that the page shows of one turn: its bubble in the conversation and its panel."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from estimators.markers.mic import OwnMarkers
from ui.chat.conversation import Entry
from ui.shown.evidence import check_progress, plan_words
from ui.shown.panel import Panel, assessed_panel, running_panel

Bubble = dict[str, Any]  # as JSON in ui/static/chat.js


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """The bubble of a turn in the conversation, and its confidence panel."""

    bubble: Bubble
    panel: Panel


def shown_turn(
    entry: Entry, medians: Mapping[str, float] | None = None, own: OwnMarkers | None = None
) -> ShownTurn:
    """What the page shows of a turn.

    ``medians``: the calibration's median per signal. ``own``: what the model's markers mean.
    """
    turn, answer = entry.turn, entry.shown_answer()
    if turn is None or turn.assessment is None:
        panel = running_panel(turn, entry.error, entry.calibrated)
    else:
        readings = answer.readings if answer else None
        panel = assessed_panel(turn.assessment, readings, medians, own, check_progress(turn))
    return ShownTurn(bubble(entry), panel)


def bubble(entry: Entry, last: bool = True, branching: bool = False) -> Bubble:
    """One turn for the page: question, tokens, phrases, advice, label, branches, error.

    ``branching``: whether the model can continue from another token.
    """
    turn, answer, shown = entry.turn, entry.answer, entry.shown_answer()
    decision = turn.assessment.decision if turn and turn.assessment else None
    cancelled = answer is not None and answer.finish == "cancelled"
    done = turn is not None and turn.stage == "done"
    return {
        "id": entry.id,
        "question": entry.question,
        "text": answer.text if answer else "",
        "tokens": shown.tokens if shown else [],
        "phrases": shown.phrases if shown else [],
        "stage": turn.stage if turn else "answering",
        "progress": _progress(entry),
        "abstain": f"I would rather not answer this: {decision.reason}."
        if decision and decision.abstain
        else "",
        "calibrated": decision is not None and decision.calibrated,
        "revealed": entry.revealed or cancelled,
        "label": entry.label,
        "error": entry.error,
        "paused": entry.paused and bool(entry.error),
        "notes": _notes(entry, last),
        "branch": _branch(entry),
        "branching": branching and done,
        "closer": plan_words(turn) if turn and done and not cancelled else "",
        "assessed": decision is not None,
        "last": last,
    }


def _progress(entry: Entry) -> str:
    turn = entry.turn
    if entry.error or (turn and turn.stage == "done"):
        return ""
    if turn is None or turn.answer is None:
        return "Reading the question …"
    if turn.stage == "asking again":
        done = len(turn.probes) + sum(len(claim.probes) for claim in turn.claims)
        return f"Asking again, {done} of {done + len(turn.pending)} …"
    if turn.stage == "checking consistency":
        return f"Checking consistency, {len(turn.samples)} of {turn.settings.samples} samples …"
    return "Answering …"


def _branch(entry: Entry) -> list[Any]:
    """[number, count, origin], or empty if there is only one branch."""
    branches = entry.branches
    return [branches.index(entry) + 1, len(branches), entry.origin] if len(branches) > 1 else []


def _notes(entry: Entry, last: bool) -> list[str]:
    turn, notes = entry.turn, []
    followed = next((branch for branch in entry.branches if branch.followed), entry)
    if followed is not entry and not last:
        notes.append(f"The turns below continue from branch {entry.branches.index(followed) + 1}.")
    if turn and turn.dropped_turns:
        first = entry.dropped[0] if entry.dropped else ""
        many = f"{turn.dropped_turns} earlier questions" if turn.dropped_turns > 1 else "the earlier question"
        notes.append(
            f"The context is full: {many} (starting with “{first[:60]}”) had to be left out for this answer."
        )
    answer = entry.answer
    if entry.trouble and answer is None and not entry.error:
        notes.append(f"{entry.trouble} It is restarting.")
    if answer and answer.finish == "cancelled":
        notes.append("You stopped this answer.")
    if answer and answer.finish == "length":
        notes.append("The answer was cut off at the maximum length from the settings.")
    if answer and turn and turn.stage == "done" and answer.missing:
        notes.append(f"No token probabilities: {answer.missing}.")
    return notes
