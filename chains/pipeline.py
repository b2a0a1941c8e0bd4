"""The pipeline as a LangChain runnable: answer → samples and probes → signals and decision.

Every stage is a generator over snapshots of the turn, so what is known is
shown as soon as it is known; a later snapshot supersedes the earlier ones.
"""

import asyncio
import importlib.metadata
from collections.abc import AsyncIterator, Generator, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from typing import Any, Literal

from langchain_core.language_models import BaseChatModel
from langchain_core.runnables import Runnable, RunnableGenerator

from chains.asking import Meter, ask, ask_whole, identity, sampling
from chains.context import fit
from chains.conversation import PROBE_KINDS, ProbeKind, answer_messages, answer_prompt_name, probe_messages
from chains.errors import CredenceError
from chains.settings import Settings
from estimators import choose, decide, default_signals
from estimators.decision import DECIDING
from estimators.markers import find_markers
from estimators.options import find_choice, find_options
from estimators.types import Answer, Assessment, Evidence, Message, Probe, Provenance, Question
from prompts import load

PROBE_ROOM = 256  # tokens kept free for what the probes add to the conversation
Stage = Literal["answering", "asking again", "done"]


@dataclass(frozen=True, slots=True)
class Turn:
    """A snapshot of one turn; adding a later one gives the later one."""

    question: Question
    settings: Settings
    options: tuple[str, ...] = ()
    sent: tuple[Message, ...] = ()  # what the answer's call received
    dropped_turns: int = 0
    stage: Stage = "answering"
    answer: Answer | None = None
    samples: tuple[Answer, ...] = ()
    probes: Mapping[str, Probe] = field(default_factory=dict)
    pending: tuple[str, ...] = ()  # names of the probes that are still to come
    assessment: Assessment | None = None
    meter: Meter = field(default_factory=Meter)

    def __add__(self, later: "Turn") -> "Turn":
        return later


def confidence_pipeline(
    model: BaseChatModel, settings: Settings | None = None, **changes: Any
) -> Runnable[str | Question | Turn, Turn]:
    """A runnable from a question to its assessed turn; streaming gives every snapshot on the way.

    ``changes`` are fields of Settings. ``invoke`` returns the last snapshot,
    whose ``assessment`` is the record. A Turn that already has an answer is
    only asked about and judged. Raises CredenceError with a sentence
    for the person when the model cannot answer, and ValueError at once for an
    unknown signal.
    """
    chosen = Settings.model_validate({**(settings or Settings()).model_dump(), **changes})
    choose(chosen.signals or ())

    def answering(questions: Iterator[str | Question | Turn]) -> Iterator[Turn]:
        for question in questions:
            yield from _answer(model, chosen, question)

    def asking_again(turns: Iterator[Turn]) -> Iterator[Turn]:
        for turn in turns:
            yield turn
        if turn.answer is not None and turn.answer.text:
            yield from _ask_again(model, turn)

    def judging(turns: Iterator[Turn]) -> Iterator[Turn]:
        for turn in turns:
            yield turn
        yield judge(model, turn)

    # One runnable over plain generators: LangChain's own sequence does not stop when it is closed,
    # it runs every earlier stage to its end.
    def staged(questions: Iterator[str | Question | Turn]) -> Generator[Turn, None, None]:
        yield from judging(asking_again(answering(questions)))

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
                if step is not None:  # its thread outlives a cancelled task; what runs cannot be closed
                    await asyncio.wait((step,))
                await asyncio.to_thread(snapshots.close)

    return RunnableGenerator(staged, threaded, name="confidence")


def _answer(model: BaseChatModel, settings: Settings, asked: str | Question | Turn) -> Iterator[Turn]:
    """Stream the answer; a Turn that already has one (a given text) passes through."""
    if isinstance(asked, Turn):
        yield asked
        return
    turn = begin(model, settings, asked)
    yield turn
    with closing(ask(model, turn.sent, sampling(model, settings), turn.meter)) as replies:
        for reply in replies:
            yield (turn := replace(turn, answer=judged(reply, turn.options)))


def begin(model: BaseChatModel, settings: Settings, asked: str | Question) -> Turn:
    """The turn before anything was answered: its options found, its history fitted into the context."""
    question = Question(asked) if isinstance(asked, str) else asked
    if not question.text.strip():
        raise CredenceError("There is no question yet: type one first.")
    options = find_options(question.text)[1]
    wanted = answer_messages(question, settings.hedge, settings.instruct)
    sent = fit(model, wanted, settings.max_tokens + PROBE_ROOM)
    system = question.history[: wanted[0].role == "system"]
    kept = (*system, *question.history[len(system) + len(wanted) - len(sent) :])
    dropped = sum(message.role == "user" for message in wanted) - sum(
        message.role == "user" for message in sent
    )
    return Turn(replace(question, history=kept), settings, options, sent, dropped)


def judged(answer: Answer, options: tuple[str, ...]) -> Answer:
    """The answer with the span that is judged: the option's letter or text, else all but outer white space."""
    choice = find_choice(answer.text, options) if options else None
    if choice is not None:
        return replace(answer, span=choice[1])
    start = len(answer.text) - len(answer.text.lstrip())
    return replace(answer, span=(start, max(start, len(answer.text.rstrip()))))


def wanted_signals(turn: Turn) -> tuple[str, ...]:
    """The names of the signals of a turn, the ones that decide always among them."""
    names = turn.settings.signals if turn.settings.signals is not None else default_signals(turn.options)
    deciding = DECIDING[0] if turn.options else DECIDING[1]
    return names if deciding in names else (*names, deciding)


def wanted_probes(turn: Turn) -> tuple[ProbeKind, ...]:
    """The probes that the turn's signals need, in the order in which they are asked."""
    needs = {need for estimator in choose(wanted_signals(turn)) for need in estimator.needs}
    return tuple(
        kind for kind in PROBE_KINDS if kind.name in needs and (turn.options or not kind.weighs_options)
    )


def _ask_again(model: BaseChatModel, turn: Turn) -> Iterator[Turn]:
    """Gather the samples and the probes, one call after the other."""
    assert turn.answer is not None
    text = turn.answer.text
    kinds = wanted_probes(turn)
    turn = replace(turn, stage="asking again", pending=tuple(kind.name for kind in kinds))
    yield turn
    for number in range(turn.settings.samples):
        options = sampling(model, turn.settings, temperature=1.0, seed=turn.settings.seed + 1 + number)
        sample = ask_whole(model, turn.sent, options, turn.meter)
        yield (turn := replace(turn, samples=(*turn.samples, judged(sample, turn.options))))
    for kind in kinds:
        messages = probe_messages(kind, turn.question, turn.sent, text, turn.options)
        options = sampling(model, turn.settings, temperature=0.0, max_tokens=kind.max_tokens)
        try:
            reply = ask_whole(model, messages, options, turn.meter)
        except CredenceError as error:  # the answer stands; this probe is missing, with the reason
            reply = Answer("", missing=str(error))
        probes = {**turn.probes, kind.name: Probe(kind.name, messages, reply)}
        yield (turn := replace(turn, probes=probes, pending=turn.pending[1:]))


def judge(model: BaseChatModel, turn: Turn) -> Turn:
    """The turn with its assessment: every signal, the markers, the decision, and where it came from."""
    evidence = Evidence(
        question=turn.question,
        answer=turn.answer or Answer("", missing="the model gave no answer"),
        options=turn.options,
        probes=turn.probes,
        samples=turn.samples,
        provenance=provenance(model, turn),
    )
    signals = tuple(estimator(evidence) for estimator in choose(wanted_signals(turn)))
    markers = find_markers(evidence.answer.text)
    decision = decide(signals, turn.settings.threshold)
    return replace(turn, stage="done", assessment=Assessment(evidence, signals, markers, decision))


def provenance(model: BaseChatModel, turn: Turn) -> Provenance:
    """Which model, prompts, options and versions stand behind a turn, and what it cost."""
    said = [message.content for message in turn.question.history if message.role == "user"]
    asked = (*said, turn.question.text) if turn.settings.instruct else ()
    names = {answer_prompt_name(text, turn.settings.hedge) for text in asked}
    names |= {
        name
        for kind in PROBE_KINDS
        if kind.name in turn.probes
        for name in kind.prompts(turn.question.history)
    }
    who = identity(model)
    return Provenance(
        model=who["model"],
        engine=who["engine"],
        model_sha256=who["model_sha256"],
        prompts={name: load(name).sha256 for name in sorted(names)},
        options=turn.settings.model_dump(exclude={"signals", "seed"}),
        versions=_versions(),
        created=datetime.now(UTC).isoformat(timespec="seconds"),
        seed=turn.settings.seed,
        dropped_turns=turn.dropped_turns,
        cost=turn.meter.cost(),
    )


def _versions() -> dict[str, str]:
    versions = {}
    for name in ("credence-chat", "langchain-core", "xllamacpp", "transformers", "torch"):
        try:
            versions[name] = importlib.metadata.version(name)
        except importlib.metadata.PackageNotFoundError:
            continue
    return versions
