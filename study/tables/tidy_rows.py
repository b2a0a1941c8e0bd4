"""Builds the rows of the tidy tables (trials, answers, events) from the events of a session."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol

from study.design.confidence_scale import meaning, probability_right
from study.design.flows import LastAnswer, flow_of_row
from study.design.parts import Scale
from study.design.phases import AFTER, BEFORE
from study.tables.trial_row import TrialRow, from_event

Row = dict[str, Any]

ASKED = ("consent", "screening", "check", "questionnaire")  # screens whose answers go to the `answers` table


class Event(Protocol):
    """A row of the events table."""

    id: int
    participant: str | None
    kind: str
    screen: str | None
    payload: str
    client_time: str | None
    server_time: str


@dataclass(frozen=True, slots=True)
class Session:
    """The values shared by all rows of one person."""

    study: str
    design_sha256: str
    participant: str
    status: str
    checks_failed: int | None
    flow: str
    scale: Scale = field(default_factory=Scale)  # confidence scale
    options: Mapping[str, int] = field(default_factory=dict)  # item → number of options, 0 for open questions
    condition: str = ""  # between subjects


@dataclass(slots=True)
class _Gathered:
    """Everything recorded about one trial or other screen."""

    shown: dict[str, Row] = field(default_factory=dict)  # phase → payload
    answered: dict[str, Row] = field(default_factory=dict)
    shown_at: list[str] = field(default_factory=list)
    answered_at: list[str] = field(default_factory=list)
    kinds: Counter[str] = field(default_factory=Counter)
    said: Row = field(default_factory=dict)  # the last turn of a live chat


def trial_rows(session: Session, events: Iterable[Event]) -> list[Row]:
    """The trials that a person saw, in order, including practice; unfinished trials have missing values."""
    return [
        _trial(session, gathered).to_dict()
        for screen, gathered in _gathered(events).items()
        if screen.startswith(("trial-", "practice-")) and gathered.shown
    ]


def answer_rows(session: Session, events: Iterable[Event]) -> list[Row]:
    """The answers to consent, screening, checks and questionnaires, one row per question."""
    rows = []
    for event in events:
        payload = _payload(event) if event.kind == "answer" else {}
        if payload.get("kind") not in ASKED:
            continue
        for name, value in payload.get("values", {}).items():
            if name == "timed_out":
                continue
            rows.append(
                {
                    "study": session.study,
                    "design_sha256": session.design_sha256,
                    "participant": session.participant,
                    "status": session.status,
                    "condition": payload.get("condition") or session.condition or None,
                    "screen": event.screen,
                    "screen_kind": payload["kind"],
                    "field": name,
                    "value": _written(value),
                    "passed": payload.get("passed"),
                    "seconds": payload.get("seconds"),
                    "answered": event.server_time,
                }
            )
    return rows


def event_row(session: Session, event: Event) -> Row:
    """One event as a row."""
    return {
        "event": event.id,
        "study": session.study,
        "design_sha256": session.design_sha256,
        "participant": event.participant,
        "kind": event.kind,
        "screen": event.screen,
        "client_time": event.client_time,
        "server_time": event.server_time,
        "payload": _payload(event),
    }


def minutes_between(entered: str | None, finished: str | None) -> float | None:
    """Minutes between two server times, rounded to a hundredth; None if one is missing.

    >>> minutes_between("2026-01-01T00:00:00.000Z", "2026-01-01T00:01:30.000Z")
    1.5
    """
    if not entered or not finished:
        return None
    between = datetime.fromisoformat(finished) - datetime.fromisoformat(entered)
    return round(between.total_seconds() / 60, 2)


def _gathered(events: Iterable[Event]) -> Mapping[str, _Gathered]:
    screens: dict[str, _Gathered] = {}
    for event in events:
        if not event.screen:
            continue
        trial, _, phase = event.screen.partition(".")
        screen = screens.setdefault(trial, _Gathered())
        screen.kinds[event.kind] += 1
        if event.kind == "shown":
            screen.shown.setdefault(phase, _payload(event))
            screen.shown_at.append(event.server_time)
        elif event.kind == "answer":
            screen.answered.setdefault(phase, _payload(event))
            screen.answered_at.append(event.server_time)
        elif event.kind == "chat":
            screen.said = _payload(event)
    return screens


def _trial(session: Session, gathered: _Gathered) -> TrialRow:
    shown, own, own_values = _phase(gathered, BEFORE)
    after, last, values = _phase(gathered, AFTER)
    anything = after or shown
    flow = flow_of_row(session.flow)
    ai = {**_live(gathered.said), **from_event(after), "ai_correct": _either(last, after, "ai_correct")}
    accepted, final_correct, final_agrees = (
        values.get("accept"),
        last.get("said_correct"),
        last.get("agrees_with_ai"),
    )
    relied, outcome = flow.counts(LastAnswer(accepted, final_agrees, final_correct, ai["ai_correct"]))
    seconds = [answer["seconds"] for answer in (own, last) if answer.get("seconds") is not None]
    guess = flow.chance(session.options.get(anything.get("item") or "", 0))
    asks = not flow.raters
    whole = bool(last) and len(seconds) == sum(bool(answer) for answer in (own, last))
    cut = sorted({name for answer in gathered.answered.values() for name in answer.get("cut") or ()})
    return TrialRow(
        study=session.study,
        design_sha256=session.design_sha256,
        participant=session.participant,
        status=session.status,
        checks_failed=session.checks_failed,
        flow=session.flow,
        condition=anything.get("condition"),
        shows="+".join(name.replace("_", "-") for name in anything.get("shows") or ()) or None,
        trial=anything.get("trial"),
        practice=bool(anything.get("practice")),
        item=anything.get("item"),
        **ai,
        confidence_scale=meaning(session.scale) if asks else None,
        scale_low=session.scale.low if asks else None,
        scale_high=session.scale.high if asks else None,
        chance=guess if asks else None,
        own_answer=own_values.get("answer"),
        own_correct=own.get("said_correct"),
        own_agrees=own.get("agrees_with_ai"),
        own_slider=_number(own_values.get("confidence")),
        own_confidence=probability_right(own_values.get("confidence"), session.scale, guess),
        own_seconds=own.get("seconds"),
        accepted=accepted,
        final_answer=values.get("answer"),
        final_correct=final_correct,
        final_agrees=final_agrees,
        final_slider=_number(values.get("confidence")),
        final_confidence=probability_right(values.get("confidence"), session.scale, guess),
        final_seconds=last.get("seconds"),
        relied=relied,
        outcome_correct=outcome,
        label_correct=values.get("correct"),
        label_strength=values.get("strength"),
        chat_turns=gathered.kinds["chat"] if "chat" in gathered.shown else None,
        seconds=round(sum(seconds), 3) if whole else None,
        timed_out=any(answer.get("timed_out") for answer in gathered.answered.values()),
        changes=gathered.kinds["change"],
        focus_lost=gathered.kinds["focus-lost"] + gathered.kinds["hidden"],
        cut="+".join(cut) or None,
        began=min(gathered.shown_at, default=None),
        ended=max(gathered.answered_at) if last else None,
    )


def _live(turn: Row) -> Row:
    """The last answer of the live model, and its confidence."""
    text, assessment = turn.get("answer"), turn.get("assessment") or {}
    decision = assessment.get("decision") or {}
    return {
        "ai_answer": text,
        "ai_answer_length": None if text is None else len(str(text)),
        "ai_confidence": decision.get("confidence"),
        "ai_calibrated": decision.get("calibrated"),
        "ai_abstained": decision.get("abstain"),
    }


def _phase(gathered: _Gathered, phases: Sequence[str]) -> tuple[Row, Row, Row]:
    """The first of these phases that occurred: what was shown, the answer, and its values."""
    name = next((phase for phase in phases if phase in gathered.shown or phase in gathered.answered), "")
    answer = gathered.answered.get(name, {})
    return gathered.shown.get(name, {}), answer, answer.get("values") or {}


def _either(first: Row, second: Row, name: str) -> Any:
    return first[name] if first.get(name) is not None else second.get(name)


def _number(value: Any) -> float | None:
    """A number as it was sent; None for anything else."""
    return float(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _payload(event: Event) -> Row:
    data = json.loads(event.payload) if isinstance(event.payload, str) else event.payload
    return data if isinstance(data, dict) else {"value": data}


def _written(value: Any) -> str | None:
    """A value as text; multiple selections are joined."""
    if value is None:
        return None
    if isinstance(value, list | tuple):
        return " | ".join(map(str, value))
    return str(value).lower() if isinstance(value, bool) else str(value)
