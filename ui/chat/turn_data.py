"""A turn as the data that the chat draws: plain values, no markup."""

import math
from typing import Any

from chains.pipeline.prefill import can_choose
from estimators.sentences import sentence_spans
from estimators.signals.claims import claim_readings
from estimators.signals.key_span import key_span
from estimators.types import Answer, Assessment
from ui.chat.conversation import Entry
from ui.panel.consistency import plan_words
from ui.panel.running_confidence import running_confidence

ALTERNATIVES = 5


def bubble(entry: Entry, last: bool = True, branching: bool = False) -> dict[str, Any]:
    """One turn for the page: question, tokens, phrases, advice, label, branches, error.

    ``branching``: whether the model can continue from another token.
    """
    turn, answer = entry.turn, entry.answer
    decision = turn.assessment.decision if turn and turn.assessment else None
    cancelled = answer is not None and answer.finish == "cancelled"
    if answer is not None and (entry.drawn is None or entry.drawn[0] is not answer):
        entry.drawn = (
            answer,
            _tokens(answer, entry.question),
            _phrases(answer),
        )  # once, however long the chat grows
    tokens, phrases = entry.drawn[1:] if answer is not None and entry.drawn else ([], [])
    if turn and turn.assessment:
        phrases = _with_claims(phrases, turn.assessment)
    return {
        "id": entry.id,
        "question": entry.question,
        "text": answer.text if answer else "",
        "tokens": tokens,
        "phrases": phrases,
        "stage": turn.stage if turn else "answering",
        "progress": _progress(entry),
        "running": running_confidence(answer),
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
        "branching": branching and bool(turn and turn.stage == "done"),
        "closer": plan_words(turn) if turn and turn.stage == "done" and not cancelled else "",
        "assessed": turn is not None and turn.assessment is not None,
        "last": last,
    }


def _tokens(answer: Answer, question: str) -> list[list[Any]]:
    """[text, probability, alternatives, judged] per token; each alternative says whether it can be chosen.

    Judged is 0: no, 1: yes, 2: part of the answer words.
    """
    start, end = answer.span or (0, 0)
    whole = answer.judged_text == answer.text.strip()
    first, last = (key_span(question, answer.text) if whole else None) or (0, 0)
    rows, position = [], 0
    for token in answer.tokens:
        after = position + len(token.text)
        judged = 2 if position < last and after > first else int(position < end and after > start)
        position = after
        top = [
            [text, round(math.exp(logprob), 4), can_choose(text, token.text)]
            for text, logprob in token.top[:ALTERNATIVES]
        ]
        rows.append([token.text, round(math.exp(token.logprob), 4), top, judged])
    return rows


def _phrases(answer: Answer) -> list[list[Any]]:
    """[first token, last token + 1, geometric mean probability] per sentence."""
    starts, position = [], 0
    for token in answer.tokens:
        starts.append(position)
        position += len(token.text)
    rows: list[list[Any]] = []
    for _, end in sentence_spans(answer.text) if answer.tokens else ():
        first = rows[-1][1] if rows else 0
        stop = max(first + 1, sum(start < end for start in starts))
        logprobs = [token.logprob for token in answer.tokens[first:stop]]
        if logprobs:
            rows.append([first, stop, round(math.exp(math.fsum(logprobs) / len(logprobs)), 4)])
    return rows


def _with_claims(phrases: list[list[Any]], assessment: Assessment) -> list[list[Any]]:
    """The phrases, showing the P(True) of their claim instead of their token probability if the claim was checked."""
    readings = {reading.span: reading for reading in claim_readings(assessment.evidence)}
    spans = sentence_spans(assessment.evidence.answer.text)
    shown = []
    for (first, last, p), span in zip(phrases, spans, strict=False):
        reading = readings.get(span)
        claimed = reading.p_true if reading else None
        shown.append(
            [first, last, round(p if claimed is None else claimed, 4), "" if claimed is None else "P(True)"]
        )
    return shown


def _progress(entry: Entry) -> str:
    turn = entry.turn
    if entry.error or (turn and turn.stage == "done"):
        return ""
    if turn is None or turn.answer is None:
        return "Reading the question …"
    if turn.stage == "asking again":
        done = len(turn.probes) + len(turn.claims)
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
        notes.append(f"The context is full: {many} (from “{first[:60]}”) had to be left out for this answer.")
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
