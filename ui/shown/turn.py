"""Everything that the page shows of one turn: its bubble in the conversation and its panel."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from functools import lru_cache
from itertools import chain, repeat
from typing import Any

from chains.messages import NO_LOGPROBS
from chains.pipeline.turn import Turn
from estimators.reading import Reading
from estimators.signals.claims import CLAIM_PROBES
from estimators.signals.scored_elsewhere import scored_words
from estimators.types import Answer
from ui.chat.conversation import Conversation, Entry
from ui.markdown.page import PageBlocks, page_blocks
from ui.shown.badge import advice, as_row, badge, otherwise
from ui.shown.doubts import Place, doubtful_places
from ui.shown.long_answer import shown_claims
from ui.shown.model_now import ModelNow, written_by
from ui.shown.panel import Panel, shown_panel
from ui.shown.question import without_files
from ui.shown.sentences import sentence as as_sentence
from ui.shown.token_rows import Row, shown_reasoning, token_row

Bubble = dict[str, Any]  # as JSON in ui/static/chat.js
CHOOSE_AGAIN = "To go on from this answer, or to check it, choose this model again."


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
    reasoning: dict[str, Any] | None  # what came before it
    doubts: list[Place]  # its doubtful places
    growing: bool  # it was still being written


def shown_turn(entry: Entry) -> ShownTurn:
    """What the page shows of a turn."""
    return ShownTurn(bubble(entry), shown_panel(entry))


def bubbles(conversation: Conversation, now: ModelNow) -> list[Bubble]:
    """The turns of a conversation, the newest last; ``now``: the model in use."""
    newest, named = len(conversation.entries) - 1, _models(conversation.entries) > 1
    return [
        bubble(entry, index == newest, now, named=named) for index, entry in enumerate(conversation.entries)
    ]


def bubble(entry: Entry, last: bool = True, now: ModelNow | None = None, *, named: bool = False) -> Bubble:
    """One turn for the page: question, tokens, phrases, badge, advice, other answers, label, branches, error.

    ``now``: the model in use; None while it answers, and in an export. ``named``: say which model gave the answer.
    """
    turn, answer, rows = entry.turn, entry.answer, _rows(entry)
    assessment, reading = (turn.assessment, turn.reading) if turn else (None, Reading())
    decision = assessment.decision if assessment else None
    cancelled = answer is not None and answer.finish == "cancelled"
    done = turn is not None and turn.stage == "done"
    own = now is None or now.wrote(entry)
    continues = now is not None and own and now.continues
    open_ended = continues and done and not entry.recorded
    others = otherwise(assessment, reading, open_ended) if assessment else ()
    return {
        "id": entry.key,
        "question": entry.question,
        "asked": _asked(entry.question),
        "text": answer.text if answer else "",
        "tokens": rows.tokens if rows else [],
        "phrases": rows.phrases if rows else [],
        "blocks": rows.blocks.drawn if rows else [],
        "reasoning": rows.reasoning if rows else None,
        "doubts": rows.doubts if rows else [],
        "claims": asdict(claims) if done and turn and (claims := shown_claims(turn, own)) else None,
        "stage": turn.stage if turn else "answering",
        "progress": _progress(entry),
        "badge": as_row(badge(assessment, reading)) if assessment else None,
        "advice": as_row(advice(decision)) if decision else None,
        "others": [as_row(other) for other in others],
        "revealed": entry.revealed or cancelled,
        "label": entry.label,
        "error": entry.error,
        "paused": entry.paused and bool(entry.error),
        "by": _by(entry, own) if named else None,
        "notes": _notes(entry, last and now is not None and not now.continues),
        "continues": last and continues and _can_go_on(entry),
        "branch": _branch(entry),
        "branching": open_ended,
        "closer": plan_words(turn) if turn and done and own and not cancelled and not entry.recorded else "",
        "assessed": decision is not None,
        "recorded": entry.recorded,
        "last": last,
        "temperature": turn.settings.temperature if turn else None,
    }


def _models(entries: Sequence[Entry]) -> int:
    """How many models gave the answers."""
    sources = filter(None, map(written_by, entries))
    return len({(source.model, source.model_sha256) for source in sources})


def _by(entry: Entry, own: bool) -> list[str] | None:
    """Which model gave an answer, and why some things cannot be done with it now; None if it is not known."""
    source = written_by(entry)
    if source is None:
        return None
    return [source.model, "" if own or entry.recorded else CHOOSE_AGAIN]


@lru_cache(maxsize=256)  # drawn again at every update of the conversation
def _asked(question: str) -> list[Any]:
    """What the person typed, and ``[name, text]`` of each file that went with it."""
    return list(without_files(question))


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
        or kept.turn.stage != turn.stage
        or kept.turn.answer is not turn.answer
        or kept.turn.reading.claims is not turn.reading.claims
        or kept.turn.reading.answer_words != turn.reading.answer_words
    ):
        tokens, phrases = _tokens(turn.answer, turn.reading, kept), _phrases(turn)
        reasoning = shown_reasoning(turn.answer, growing)
        blocks = _blocks(turn.answer, growing, kept)
        kept = entry.rows = AnswerRows(
            turn, tokens, phrases, blocks, reasoning, doubtful_places(turn), growing
        )
    return kept


def _blocks(answer: Answer, growing: bool, before: AnswerRows | None) -> PageBlocks:
    """The Markdown of an answer; what is the same as before is used again."""
    if before and before.growing == growing and before.turn.answer is answer:
        return before.blocks
    texts = [token.text for token in answer.tokens]
    return page_blocks(answer.text, texts, growing, before.blocks if before else None)


def _tokens(answer: Answer, reading: Reading, before: AnswerRows | None) -> list[Row]:
    """The row of every token; the fourth part is 0: not judged, 1: judged, 2: part of the answer words.

    Rows that are as they were before are used again, so that an update of a long answer costs little.
    """
    start, end = answer.span or (0, 0)
    first, last = reading.answer_words or (0, 0)
    old = zip(before.turn.answer.tokens, before.tokens, strict=False) if before and before.turn.answer else ()
    rows, after = [], 0
    for token, (known, row) in zip(answer.tokens, chain(old, repeat((None, [])))):  # noqa: B905 (the latter has no end)
        position, after = after, after + len(token.text)
        judged = 2 if position < last and after > first else int(position < end and after > start)
        rows.append(row if known is token and row[3] == judged else token_row(token, judged))
    return rows


def _phrases(turn: Turn) -> list[Row]:
    """[first token, last token + 1, probability, its name] per sentence.

    The probability is P(True) if the sentence was checked as a claim, else the geometric mean of its tokens, unnamed.
    """
    p_true = {claim.span: claim.p_true for claim in turn.reading.claims if claim.p_true is not None}
    rows: list[Row] = []
    for sentence in turn.reading.sentences:
        checked = p_true.get(sentence.claim) if sentence.claim else None
        if checked is not None and sentence.probability is not None:
            rows.append([*sentence.tokens, round(checked, 4), "P(True)"])
        elif sentence.probability is not None:
            rows.append([*sentence.tokens, round(sentence.probability, 4)])
    return rows


def plan_words(turn: Turn) -> str:
    """The maximum cost of a consistency check, in words; empty before the answer is assessed."""
    if (plan := turn.plan) is None:
        return ""
    fewer = "at most " if turn.settings.stop_early and not turn.samples else ""
    read = (
        f" The model reads about {plan.prompt_tokens:,} tokens"
        if plan.prompt_tokens
        else " The model reads the prompts"
    )
    return (
        f"Draws {fewer}{plan.samples} samples and asks at most {plan.chain_calls + plan.group_calls} short questions about "
        f"them.{read} and writes at most {plan.new_tokens:,}. A paid server charges for these."
    )


def _progress(entry: Entry) -> str:
    turn = entry.turn
    if entry.error or (turn and turn.stage == "done"):
        return ""
    if entry.waiting:
        return f"Waiting for the model: {entry.waiting} …"
    if turn is None or turn.answer is None:
        return "Reading the question …"
    if turn.stage == "answering" and not turn.answer.text:
        return "Reasoning …"
    if turn.stage == "scoring":
        return f"Scoring its words with {turn.settings.score_with} …"
    if (
        turn.stage == "asking again"
        and turn.assessment is not None
        and set(turn.pending) <= set(CLAIM_PROBES)
    ):
        judged = len(turn.claims)
        return f"Judging sentences, {judged} of {judged + len(turn.pending)} …"
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


def _can_go_on(entry: Entry) -> bool:
    """Whether an answer ended before it was complete, and the model has room to go on from there."""
    answer, turn = entry.answer, entry.turn
    if turn is None or answer is None or not answer.begun or entry.recorded:
        return False
    if not entry.error and turn.stage != "done":
        return False
    if answer.finish == "length":
        return turn.settings.max_tokens is not None
    return bool(entry.error) or answer.finish in ("cancelled", "incomplete")


def _notes(entry: Entry, cannot_continue: bool) -> list[str]:
    turn, answer, notes = entry.turn, entry.answer, []
    if entry.recorded and turn and turn.assessment:
        source = turn.assessment.evidence.provenance
        notes.append(f"Recorded with {source.model} on {source.created[:10]}.")
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
    if turn and answer and answer.finish == "length":
        limit = turn.settings.max_tokens
        notes.append(
            "The answer was cut off because the model's context is full."
            if limit is None
            else f"The answer was cut off at the maximum length from the settings ({limit} tokens)."
        )
    if cannot_continue and _can_go_on(entry):
        notes.append("This model cannot go on from a partial answer. Retry asks for a new one.")
    if answer and answer.reasoning and not answer.text and answer.finish != "stop":
        notes.append("The model was still reasoning, so there is no answer yet.")
    elif answer and turn and turn.stage == "done" and answer.missing:
        notes.append(f"No token probabilities: {answer.missing}.{_offer(turn)}")
    if turn and turn.scored_by and turn.assessment and turn.assessment.decision.confidence is not None:
        notes.append(as_sentence(scored_words(turn.scored_by)))  # else the badge says so
    return notes


def _offer(turn: Turn) -> str:
    """The offer to score the words on this machine, where the server sends no log-probabilities."""
    offered = turn.answer is not None and turn.answer.missing == NO_LOGPROBS
    return " A model on this machine can score the words: Settings, “Score words with”." if offered else ""
