"""The pipeline as a LangChain runnable: answer (→ its words scored elsewhere) → probes → samples → signals and decision.

Every stage is a generator over snapshots of the turn, so each result is shown
as soon as it arrives; a later snapshot replaces the earlier ones.
"""

import asyncio
from collections.abc import AsyncIterator, Generator, Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from typing import Any

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import Runnable, RunnableGenerator

from chains.calibration.apply import calibrated, needed_signals
from chains.calibration.fitting import Fit, fitting
from chains.calibration.mic_store import load_mic
from chains.errors import CredenceError
from chains.meaning.embedded_markers import all_markers
from chains.pipeline.context_window import answer_room, fit
from chains.pipeline.inside import looked_inside
from chains.pipeline.model_calls import ANSWER, ask, sampling
from chains.pipeline.prefill import beginning_of, go_on
from chains.pipeline.probing.follow_ups import ask_again
from chains.pipeline.probing.group_probes import ask_about_groups
from chains.pipeline.probing.needs import needs, wanted_signals
from chains.pipeline.probing.probes import answer_messages
from chains.pipeline.provenance import provenance
from chains.pipeline.resampling import check_consistency, grouped, plan
from chains.pipeline.scorer import scored_elsewhere
from chains.pipeline.turn import Turn, answered
from chains.settings import Settings
from estimators import alignment, choose, decide
from estimators.calibration.apply import cuts, failed_signals
from estimators.parsing.options import find_options
from estimators.parsing.reasoning import written_with_reasoning
from estimators.reading import read, stated_label
from estimators.signals.internal_states import NEED
from estimators.signals.scored_elsewhere import own as own_part
from estimators.signals.scored_elsewhere import signals_scored_elsewhere
from estimators.types import Answer, Assessment, Evidence, Message, Question

PROBE_ROOM = 256  # tokens reserved for what the probes add to the conversation
ANSWER_ROOM = 1024  # tokens that stay free for an answer without a limit, when older turns are left out
CONTEXT_FULL = (
    "The model's context is full, so the answer cannot go on. Ask for the rest in a new conversation, or open the model "
    "with a larger context."
)


def confidence_pipeline(
    model: BaseChatModel, settings: Settings | None = None, **changes: Any
) -> Runnable[str | Question | Turn, Turn]:
    """A runnable from a question to its assessed turn; streaming yields every snapshot on the way.

    ``changes`` are fields of Settings. ``invoke`` returns the last snapshot,
    whose ``assessment`` is the result. A Turn that already has an answer is
    only probed and judged. Raises CredenceError, with a sentence for the person,
    if the model cannot answer, and ValueError at once for an unknown signal.
    """
    fields = {**(settings or Settings()).model_dump(), **changes}
    chosen = Settings.model_validate(fields)
    choose(chosen.signals or ())

    def answering(questions: Iterator[str | Question | Turn]) -> Iterator[Turn]:
        for question in questions:
            yield from _answer(model, chosen, question)

    def scoring(turns: Iterator[Turn]) -> Iterator[Turn]:
        for turn in turns:
            yield turn
        yield from scored_elsewhere(turn)

    def probing(turns: Iterator[Turn]) -> Iterator[Turn]:
        for turn in turns:
            yield turn
        if turn.answer is not None and turn.answer.text:
            if NEED in needs(turn) and turn.internals is None:
                yield (turn := looked_inside(model, turn))
            yield from ask_again(model, turn)

    def resampling(turns: Iterator[Turn]) -> Iterator[Turn]:
        for turn in turns:
            yield turn
        if turn.answer is not None and turn.answer.text and turn.settings.samples:
            yield from check_consistency(model, turn, "chains" in needs(turn))

    def comparing(turns: Iterator[Turn]) -> Iterator[Turn]:
        for turn in turns:
            yield turn
        if turn.samples and turn.settings.samples:
            yield from ask_about_groups(model, turn, needs(turn))

    def judging(turns: Iterator[Turn]) -> Iterator[Turn]:
        for turn in turns:
            yield turn
        yield judge(model, turn)

    # One runnable over plain generators: LangChain's own sequence does not stop when it is closed
    # but runs every earlier stage to its end.
    def staged(questions: Iterator[str | Question | Turn]) -> Generator[Turn, None, None]:
        yield from judging(comparing(resampling(probing(scoring(answering(questions))))))

    async def threaded(questions: AsyncIterator[str | Question | Turn]) -> AsyncIterator[Turn]:
        async for question in questions:
            snapshots = staged(iter((question,)))
            step: asyncio.Future[Turn | None] | None = None
            try:
                while True:
                    step = asyncio.ensure_future(asyncio.to_thread(next, snapshots, None))
                    if (turn := await asyncio.shield(step)) is None:
                        break
                    yield turn
            finally:
                if (
                    step is not None
                ):  # its thread survives a cancelled task, and a running generator cannot be closed
                    await asyncio.wait((step,))
                await asyncio.to_thread(snapshots.close)

    return RunnableGenerator(staged, threaded, name="confidence")


def _answer(model: BaseChatModel, settings: Settings, start: str | Question | Turn) -> Iterator[Turn]:
    """Stream the answer, or the rest of a partial one; a Turn with an answer passes through."""
    if isinstance(start, Turn):
        yield start
        if (beginning := beginning_of(model, start)) is not None:
            begun = start.begun or (beginning.tokens if beginning is not start.start else ())
            yield from _continue(model, replace(start, begun=begun), beginning)
        return
    turn = begin(model, settings, start)
    fit = fitting(model, settings.calibration)
    turn = replace(turn, fit=fit, needed=needed_signals(fit.part(turn.kind), settings))
    yield turn
    options = sampling(model, settings, max_tokens=_room(model, settings, turn.sent))
    with (
        turn.meter.part(ANSWER) as meter,
        closing(ask(model, turn.sent, options, meter, answering=True)) as replies,
    ):
        for reply in replies:
            yield (turn := _answering(turn, reply))


def _continue(model: BaseChatModel, turn: Turn, beginning: Answer) -> Iterator[Turn]:
    """Stream the whole answer, from its beginning on."""
    sent = (*turn.sent, Message("assistant", written_with_reasoning(beginning).text))
    room = _room(model, turn.settings, sent)
    if room is not None and turn.settings.max_tokens is not None and turn.answer is None:
        room = max(1, room - len(turn.begun))  # a branch is as long as an answer may be
    options = sampling(model, turn.settings, max_tokens=room)
    with (
        turn.meter.part(ANSWER) as meter,
        closing(go_on(model, turn.sent, beginning, options, meter)) as replies,
    ):
        for reply in replies:
            yield (turn := _answering(turn, reply))


def _room(model: BaseChatModel, settings: Settings, sent: Sequence[Message]) -> int | None:
    """The longest answer in tokens, from the settings or else from the context; None if neither says."""
    if settings.max_tokens is not None:
        return settings.max_tokens
    room = answer_room(model, sent, PROBE_ROOM)
    if room is not None and room < 1:
        raise CredenceError(CONTEXT_FULL)
    return room


def _answering(turn: Turn, reply: Answer) -> Turn:
    turn = answered(turn, reply)
    return replace(turn, signals=wanted_signals(turn))


def begin(model: BaseChatModel, settings: Settings, asked: str | Question) -> Turn:
    """The turn before the answer, with its options and with its history fitted into the context."""
    question = Question(asked) if isinstance(asked, str) else asked
    if not question.text.strip():
        raise CredenceError("There is no question yet. Type one first.")
    options = find_options(question.text)[1]
    messages = answer_messages(question, settings.asking, settings.system)
    sent = fit(model, messages, (settings.max_tokens or ANSWER_ROOM) + PROBE_ROOM)
    dropped = _user_turns(messages) - _user_turns(sent)
    system = question.history[: bool(question.history) and question.history[0].role == "system"]
    turns = question.history[len(system) :]
    kept = (*system, *turns[len(messages) - len(sent) :])
    return Turn(replace(question, history=kept), settings, options, sent, dropped)


def _user_turns(messages: Sequence[Message]) -> int:
    return sum(message.role == "user" for message in messages)


def judge(model: BaseChatModel, turn: Turn) -> Turn:
    """The turn with its assessment: the signals, the markers, the decision and the provenance."""
    turn = grouped(turn)  # also groups samples drawn before a stop
    evidence = Evidence(
        question=turn.question,
        answer=turn.answer or Answer("", missing="the model gave no answer"),
        options=turn.options,
        probes=turn.probes,
        samples=turn.samples,
        groups=turn.groups,
        ungrouped=turn.ungrouped,
        stopped=turn.stopped,
        shown_group=turn.shown_group,
        chains=turn.chains,
        claims=turn.claims,
        internals=turn.internals,
        provenance=provenance(model, turn),
    )
    signals = tuple(estimator(evidence) for estimator in choose(wanted_signals(turn)))
    markers = all_markers(evidence.answer.text, turn.settings.embedding)
    least, given = turn.settings.threshold, turn.given
    assessment = Assessment(evidence, signals, markers, decide(signals, least, given=given))
    assessment = replace(assessment, decision=decide(own_part(assessment).signals, least, given=given))
    own = load_mic(evidence.provenance.model, evidence.provenance.model_sha256)
    turn = replace(
        turn,
        stage="done",
        start=None,
        assessment=assessment,
        reading=read(assessment, own=own),
        plan=plan(turn),
    )
    return decided(turn, fitting(model, turn.settings.calibration), turn.settings)


def decided(turn: Turn, fit: Fit, settings: Settings) -> Turn:
    """An assessed turn decided under a calibration, or without one; the model is not asked."""
    assert turn.assessment is not None
    assessment = calibrated(fit, settings, turn.assessment)
    medians, part = cuts(fit.calibration, turn.options), fit.part(turn.kind)
    failed = {
        **(failed_signals(part) if part and assessment.decision.calibrated else {}),
        **signals_scored_elsewhere(assessment),
    }
    aligned = alignment(own_part(assessment).signals, medians=medians, failed=failed)
    label = stated_label(aligned, assessment.evidence.probes)
    reading = replace(turn.reading, alignment=aligned, stated_label=label, failed=failed)
    return replace(turn, fit=fit, assessment=assessment, reading=reading)
