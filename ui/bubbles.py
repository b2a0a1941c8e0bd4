"""A turn as the data that the chat draws: plain values, no markup."""

import math
from typing import Any

from estimators.sentences import sentence_spans
from estimators.sequence import SequenceProbability
from estimators.types import Answer, Evidence, Question
from ui.conversation import Entry

ALTERNATIVES = 5


def bubble(entry: Entry, last: bool = True) -> dict[str, Any]:
    """What the page needs of one turn: question, tokens, phrases, advice, label, error."""
    turn, answer = entry.turn, entry.answer
    decision = turn.assessment.decision if turn and turn.assessment else None
    cancelled = answer is not None and answer.finish == "cancelled"
    if answer is not None and (entry.drawn is None or entry.drawn[0] is not answer):
        entry.drawn = answer, _tokens(answer), _phrases(answer)  # once, however long the chat grows
    tokens, phrases = entry.drawn[1:] if answer is not None and entry.drawn else ([], [])
    return {
        "id": entry.id,
        "question": entry.question,
        "text": answer.text if answer else "",
        "tokens": tokens,
        "phrases": phrases,
        "stage": turn.stage if turn else "answering",
        "progress": _progress(entry),
        "running": running_figure(answer),
        "abstain": f"I would rather not answer this: {decision.reason}."
        if decision and decision.abstain
        else "",
        "calibrated": decision is not None and decision.calibrated,
        "revealed": entry.revealed or cancelled,
        "label": entry.label,
        "error": entry.error,
        "notes": _notes(entry),
        "assessed": turn is not None and turn.assessment is not None,
        "last": last,
    }


def running_figure(answer: Answer | None) -> float | None:
    """The mean token probability of an answer so far, or None before its first token."""
    if answer is None or not answer.tokens:
        return None
    return SequenceProbability()(Evidence(Question(""), answer)).confidence


def _tokens(answer: Answer) -> list[list[Any]]:
    """[text, probability, alternatives, judged] of each token."""
    start, end = answer.span or (0, 0)
    rows, position = [], 0
    for token in answer.tokens:
        judged = position < end and position + len(token.text) > start
        position += len(token.text)
        top = [[text, round(math.exp(logprob), 4)] for text, logprob in token.top[:ALTERNATIVES]]
        rows.append([token.text, round(math.exp(token.logprob), 4), top, int(judged)])
    return rows


def _phrases(answer: Answer) -> list[list[Any]]:
    """[first token, last token + 1, geometric mean probability] of each sentence."""
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


def _progress(entry: Entry) -> str:
    turn = entry.turn
    if entry.error or (turn and turn.stage == "done"):
        return ""
    if turn is None or turn.answer is None:
        return "Reading the question …"
    if turn.stage == "asking again":
        done, all_ = len(turn.probes), len(turn.probes) + len(turn.pending)
        return f"Asking again, {done} of {all_} …"
    return "Answering …"


def _notes(entry: Entry) -> list[str]:
    turn, notes = entry.turn, []
    if turn and turn.dropped_turns:
        first = entry.dropped[0] if entry.dropped else ""
        many = f"{turn.dropped_turns} earlier questions" if turn.dropped_turns > 1 else "the earlier question"
        notes.append(f"The context is full: {many} (from “{first[:60]}”) could not be read for this answer.")
    answer = entry.answer
    if answer and answer.finish == "cancelled":
        notes.append("You stopped this answer.")
    if answer and answer.finish == "length":
        notes.append("The answer was cut at the length that the settings allow.")
    if answer and turn and turn.stage == "done" and answer.missing:
        notes.append(f"No token probabilities: {answer.missing}.")
    return notes
