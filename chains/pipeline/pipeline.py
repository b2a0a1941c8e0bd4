"""The pipeline as a LangChain runnable: answer → probes → samples → signals and decision.

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
from chains.pipeline.context_window import fit
from chains.pipeline.group_probes import ask_about_groups
from chains.pipeline.model_calls import ask, ask_or_missing, sampling
from chains.pipeline.prefill import continue_text, joined
from chains.pipeline.probes import (
    PROBE_KINDS,
    ProbeKind,
    answer_messages,
    claim_messages,
    claim_messages_third,
    probe_messages,
)
from chains.pipeline.provenance import provenance
from chains.pipeline.resampling import check_consistency, grouped, plan
from chains.pipeline.turn import Turn, answered
from chains.settings import Settings
from estimators import alignment, choose, decide, default_signals
from estimators.abstention import DECIDING
from estimators.calibration.apply import cuts
from estimators.parsing.options import find_options
from estimators.reading import answer_words, read, read_so_far
from estimators.signals.claims import CLAIM_PROBES, P_TRUE_THIRD
from estimators.types import Answer, Assessment, Claim, Evidence, Message, Probe, Question

PROBE_ROOM = 256  # tokens reserved for what the probes add to the conversation
CLAIM_WORDS = 3  # a shorter sentence is not judged as a claim


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

    def probing(turns: Iterator[Turn]) -> Iterator[Turn]:
        for turn in turns:
            yield turn
        if turn.answer is not None and turn.answer.text:
            yield from _ask_again(model, turn)

    def resampling(turns: Iterator[Turn]) -> Iterator[Turn]:
        for turn in turns:
            yield turn
        if turn.answer is not None and turn.answer.text and turn.settings.samples:
            yield from check_consistency(model, turn, "chains" in _needs(turn))

    def comparing(turns: Iterator[Turn]) -> Iterator[Turn]:
        for turn in turns:
            yield turn
        if turn.samples and turn.settings.samples:
            yield from ask_about_groups(model, turn, _needs(turn))

    def judging(turns: Iterator[Turn]) -> Iterator[Turn]:
        for turn in turns:
            yield turn
        yield judge(model, turn)

    # One runnable over plain generators: LangChain's own sequence does not stop when it is closed
    # but runs every earlier stage to its end.
    def staged(questions: Iterator[str | Question | Turn]) -> Generator[Turn, None, None]:
        yield from judging(comparing(resampling(probing(answering(questions)))))

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
        if start.begun and start.answer is None:
            yield from _continue(model, start)
        return
    turn = begin(model, settings, start)
    fit = fitting(model, settings.calibration)
    turn = replace(turn, fit=fit, needed=needed_signals(fit.part(turn.kind), settings))
    yield turn
    with closing(ask(model, turn.sent, sampling(model, settings), turn.meter)) as replies:
        for reply in replies:
            yield (turn := _answering(turn, reply))


def _continue(model: BaseChatModel, turn: Turn) -> Iterator[Turn]:
    """Stream the model's continuation of the tokens that its answer must start with."""
    begun = "".join(token.text for token in turn.begun)
    room = max(1, turn.settings.max_tokens - len(turn.begun))
    options = sampling(model, turn.settings, max_tokens=room)
    with closing(continue_text(model, turn.sent, begun, options, turn.meter)) as replies:
        for reply in replies:
            yield (turn := _answering(turn, joined(turn.begun, reply)))


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
    sent = fit(model, messages, settings.max_tokens + PROBE_ROOM)
    dropped = _user_turns(messages) - _user_turns(sent)
    system = question.history[: bool(question.history) and question.history[0].role == "system"]
    turns = question.history[len(system) :]
    kept = (*system, *turns[len(messages) - len(sent) :])
    return Turn(replace(question, history=kept), settings, options, sent, dropped)


def _user_turns(messages: Sequence[Message]) -> int:
    return sum(message.role == "user" for message in messages)


def wanted_signals(turn: Turn) -> tuple[str, ...]:
    """The names of a turn's signals, always including the one that decides."""
    names = turn.settings.signals
    if names is None:
        sampled = bool(turn.settings.samples or turn.samples)
        names = default_signals(turn.options, sampled=sampled, claims=len(claim_spans(turn)) > 1)
        names = (*names, *(name for name in turn.needed if name not in names))
    deciding = DECIDING[0] if turn.options else DECIDING[1]
    return names if deciding in names else (*names, deciding)


def _needs(turn: Turn) -> set[str]:
    return {need for estimator in choose(wanted_signals(turn)) for need in estimator.needs}


def missing_probes(turn: Turn) -> tuple[ProbeKind, ...]:
    """The probes that the turn's signals still need, in the order in which they are asked."""
    return tuple(
        kind
        for kind in PROBE_KINDS
        if kind.name in _needs(turn) - set(turn.probes) and (turn.options or not kind.weighs_options)
    )


def _ask_again(model: BaseChatModel, turn: Turn) -> Iterator[Turn]:
    """Make the probes of the answer, then those of its claims, one call after another."""
    assert turn.answer is not None
    text = turn.answer.text
    words = answer_words(turn.question, turn.answer)
    turn = replace(turn, reading=replace(read_so_far(turn.answer), answer_words=words))
    kinds = missing_probes(turn)
    about_claims = _missing_claim_probes(turn)
    names = (*(kind.name for kind in kinds), *(need for need, _ in about_claims))
    turn = replace(turn, stage="asking again", pending=names)
    yield turn
    for kind in kinds:
        messages = probe_messages(kind, turn.question, turn.sent, text, turn.options)
        options = sampling(model, turn.settings, temperature=0.0, max_tokens=kind.max_tokens)
        reply = ask_or_missing(model, messages, options, turn.meter)
        probes = {**turn.probes, kind.name: Probe(kind.name, messages, reply)}
        yield (turn := replace(turn, probes=probes, pending=turn.pending[1:]))
    for need, span in about_claims:
        name, claim = CLAIM_PROBES[need], text[slice(*span)]
        third = claim_messages_third(turn.question, text, claim) if name == P_TRUE_THIRD else None
        messages = third or claim_messages(turn.sent, text, claim)
        options = sampling(model, turn.settings, temperature=0.0, max_tokens=6)
        probe = Probe(name, messages, ask_or_missing(model, messages, options, turn.meter))
        yield (turn := replace(turn, claims=_with_probe(turn.claims, span, probe), pending=turn.pending[1:]))


def _missing_claim_probes(turn: Turn) -> tuple[tuple[str, tuple[int, int]], ...]:
    """What the turn's signals need of which claims and do not have yet; own turn before third person."""
    asked = {name for claim in turn.claims for name in claim.probes}
    needs = [need for need, name in CLAIM_PROBES.items() if need in _needs(turn) and name not in asked]
    return tuple((need, span) for need in needs for span in claim_spans(turn))


def _with_probe(claims: tuple[Claim, ...], span: tuple[int, int], probe: Probe) -> tuple[Claim, ...]:
    """The claims, with the probe added to the claim of that span, or to a new one at the end."""
    if span not in (claim.span for claim in claims):
        return (*claims, Claim(span, {probe.name: probe}))
    return tuple(
        replace(claim, probes={**claim.probes, probe.name: probe}) if claim.span == span else claim
        for claim in claims
    )


def claim_spans(turn: Turn) -> tuple[tuple[int, int], ...]:
    """The sentences of a long answer to judge one by one, up to the cap; none of a one-sentence answer."""
    if turn.answer is None:
        return ()
    text, sentences = turn.answer.text, (sentence.span for sentence in turn.reading.sentences)
    spans = [span for span in sentences if len(text[slice(*span)].split()) >= CLAIM_WORDS]
    return tuple(spans[: turn.settings.claims]) if len(spans) > 1 else ()


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
        shown_group=turn.shown_group,
        chains=turn.chains,
        claims=turn.claims,
        provenance=provenance(model, turn),
    )
    signals = tuple(estimator(evidence) for estimator in choose(wanted_signals(turn)))
    markers = all_markers(evidence.answer.text, turn.settings.embedding)
    assessment = Assessment(evidence, signals, markers, decide(signals, turn.settings.threshold))
    own = load_mic(evidence.provenance.model, evidence.provenance.model_sha256)
    turn = replace(
        turn, stage="done", assessment=assessment, reading=read(assessment, own=own), plan=plan(turn)
    )
    return decided(turn, fitting(model, turn.settings.calibration), turn.settings)


def decided(turn: Turn, fit: Fit, settings: Settings) -> Turn:
    """An assessed turn decided under a calibration, or without one; the model is not asked."""
    assert turn.assessment is not None
    assessment = calibrated(fit, settings, turn.assessment)
    medians = cuts(fit.calibration, turn.options)
    reading = replace(turn.reading, alignment=alignment(assessment.signals, medians=medians))
    return replace(turn, fit=fit, assessment=assessment, reading=reading)
