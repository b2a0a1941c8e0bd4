"""Everything that the page shows of one turn: its bubble in the conversation and its panel."""

import math
from dataclasses import dataclass
from typing import Any

from chains.pipeline.prefill import can_choose
from chains.pipeline.turn import Turn
from estimators.reading import Reading
from estimators.types import Answer
from ui.chat.conversation import Conversation, Entry
from ui.markdown.page import PageBlocks, page_blocks
from ui.shown.badge import advice, as_row, badge, otherwise
from ui.shown.evidence import check_progress
from ui.shown.panel import Panel, assessed_panel, running_panel

ALTERNATIVES = 5
Bubble = dict[str, Any]  # as JSON in ui/static/chat.js
Row = list[Any]


@dataclass(frozen=True, slots=True)
class ShownTurn:
    """The bubble of a turn in the conversation, and its confidence panel."""

    bubble: Bubble
    panel: Panel


@dataclass(frozen=True, slots=True)
class AnswerRows:
    """The rows that the page draws of an answer, and the turn that they were made from."""

    turn: Turn
    tokens: list[Row]
    phrases: list[Row]
    blocks: PageBlocks  # its Markdown
    growing: bool  # it was still being written


def shown_turn(entry: Entry) -> ShownTurn:
    """What the page shows of a turn."""
    turn = entry.turn
    if turn is None or turn.assessment is None:
        panel = running_panel(turn, entry.error)
    else:
        panel = assessed_panel(turn.assessment, turn.reading, check_progress(turn))
    return ShownTurn(bubble(entry), panel)


def bubbles(conversation: Conversation, branching: bool) -> list[Bubble]:
    """The turns of a conversation, the newest last; ``branching``: whether the model can continue from another token."""
    newest = len(conversation.entries) - 1
    return [bubble(entry, index == newest, branching) for index, entry in enumerate(conversation.entries)]


def bubble(entry: Entry, last: bool = True, branching: bool = False) -> Bubble:
    """One turn for the page: question, tokens, phrases, badge, advice, other answers, label, branches, error."""
    turn, answer, rows = entry.turn, entry.answer, _rows(entry)
    assessment, reading = (turn.assessment, turn.reading) if turn else (None, Reading())
    decision = assessment.decision if assessment else None
    cancelled = answer is not None and answer.finish == "cancelled"
    done = turn is not None and turn.stage == "done"
    others = otherwise(assessment, reading, branching and done) if assessment else ()
    return {
        "id": entry.id,
        "key": entry.key,
        "question": entry.question,
        "text": answer.text if answer else "",
        "tokens": rows.tokens if rows else [],
        "phrases": rows.phrases if rows else [],
        "blocks": rows.blocks.drawn if rows else [],
        "stage": turn.stage if turn else "answering",
        "progress": _progress(entry),
        "badge": as_row(badge(assessment, reading)) if assessment else None,
        "advice": as_row(advice(decision)) if decision else None,
        "others": [as_row(other) for other in others],
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


def _rows(entry: Entry) -> AnswerRows | None:
    """The rows of the answer; kept as long as answer and claims are the same objects, however long the chat grows."""
    turn = entry.turn
    kept: AnswerRows | None = entry.rows
    if turn is None or turn.answer is None:
        return None
    growing = turn.stage == "answering" and not entry.error
    if (
        kept is None
        or kept.growing != growing
        or kept.turn.answer is not turn.answer
        or kept.turn.reading.claims is not turn.reading.claims
        or kept.turn.reading.answer_words != turn.reading.answer_words
    ):
        tokens, phrases = _tokens(turn.answer, turn.reading), _phrases(turn)
        kept = entry.rows = AnswerRows(turn, tokens, phrases, _blocks(turn.answer, growing, kept), growing)
    return kept


def _blocks(answer: Answer, growing: bool, before: AnswerRows | None) -> PageBlocks:
    """The Markdown of an answer; what is the same as before is used again."""
    if before and before.growing == growing and before.turn.answer is answer:
        return before.blocks
    texts = [token.text for token in answer.tokens]
    return page_blocks(answer.text, texts, growing, before.blocks if before else None)


def _tokens(answer: Answer, reading: Reading) -> list[Row]:
    """[text, probability, alternatives, judged] per token; each alternative says whether it can be chosen.

    Judged is 0: no, 1: yes, 2: part of the answer words.
    """
    start, end = answer.span or (0, 0)
    first, last = reading.answer_words or (0, 0)
    rows, after = [], 0
    for token in answer.tokens:
        position, after = after, after + len(token.text)
        judged = 2 if position < last and after > first else int(position < end and after > start)
        top = [
            [text, round(math.exp(logprob), 4), can_choose(text, token.text)]
            for text, logprob in token.top[:ALTERNATIVES]
        ]
        rows.append([token.text, round(math.exp(token.logprob), 4), top, judged])
    return rows


def _phrases(turn: Turn) -> list[Row]:
    """[first token, last token + 1, probability, its name] per sentence.

    The probability is P(True) if the sentence was checked as a claim, else the geometric mean of its tokens, unnamed.
    """
    p_true = {claim.span: claim.p_true for claim in turn.reading.claims}
    rows: list[Row] = []
    for sentence in turn.reading.sentences:
        if (checked := p_true.get(sentence.span)) is not None and sentence.probability is not None:
            rows.append([*sentence.tokens, round(checked, 4), "P(True)"])
        elif sentence.probability is not None:
            rows.append([*sentence.tokens, round(sentence.probability, 4)])
    return rows


def plan_words(turn: Turn) -> str:
    """The maximum cost of a consistency check, in words; empty before the answer is assessed."""
    if (plan := turn.plan) is None:
        return ""
    read = (
        f" The model reads about {plan.prompt_tokens:,} tokens"
        if plan.prompt_tokens
        else " The model reads the prompts"
    )
    return (
        f"Draws {plan.samples} samples and asks at most {plan.chain_calls + plan.group_calls} short questions about "
        f"them.{read} and writes at most {plan.new_tokens:,}. A paid server charges for these."
    )


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


def _branch(entry: Entry) -> Row:
    """[number, count, origin], or empty if there is only one branch."""
    branches = entry.branches
    return [branches.index(entry) + 1, len(branches), entry.origin] if len(branches) > 1 else []


def _notes(entry: Entry, last: bool) -> list[str]:
    turn, answer, notes = entry.turn, entry.answer, []
    followed = next((branch for branch in entry.branches if branch.followed), entry)
    if followed is not entry and not last:
        notes.append(f"The turns below continue from branch {entry.branches.index(followed) + 1}.")
    if turn and turn.dropped_turns:
        first = entry.dropped[0] if entry.dropped else ""
        many = f"{turn.dropped_turns} earlier questions" if turn.dropped_turns > 1 else "the earlier question"
        notes.append(
            f"The context is full: {many} (starting with “{first[:60]}”) had to be left out for this answer."
        )
    if entry.trouble and answer is None and not entry.error:
        notes.append(f"{entry.trouble} It is restarting.")
    if answer and answer.finish == "cancelled":
        notes.append("You stopped this answer.")
    if answer and answer.finish == "length":
        notes.append("The answer was cut off at the maximum length from the settings.")
    if answer and turn and turn.stage == "done" and answer.missing:
        notes.append(f"No token probabilities: {answer.missing}.")
    return notes
