"""The follow-up questions of a turn: its probes, and those about its claims."""

import threading
from collections.abc import Generator, Iterable, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains.pipeline.batched_calls import Request, ask_together, batches
from chains.pipeline.model_calls import Meter, ask_or_missing, sampling
from chains.pipeline.prefill import reasoning_room
from chains.pipeline.probing.needs import missing_claim_probes, missing_probes
from chains.pipeline.probing.probes import (
    PROBE_KINDS,
    claim_messages,
    claim_messages_third,
    probe_messages,
)
from chains.pipeline.probing.together import probes_at_once, run_lanes
from chains.pipeline.turn import Turn
from estimators.parsing.label_probs import first_content
from estimators.reading import answer_words, read_so_far
from estimators.signals.claims import CLAIM_PROBES, P_TRUE_THIRD
from estimators.types import Answer, Claim, Message, Probe


@dataclass(frozen=True, slots=True)
class FollowUp:
    """One probe to make; ``span``: it is about this claim of the answer."""

    name: str
    need: str  # what a signal calls it
    third: bool
    messages: tuple[Message, ...]
    options: Mapping[str, Any]
    opening: Mapping[str, Any] | None = None  # to ask for the first token only, if the reading takes no other
    span: tuple[int, int] | None = None

    def ask(self, model: BaseChatModel, meter: Meter, cancelled: threading.Event | None = None) -> Probe:
        """Make it; a first token of mere white space or markup does not count, and the whole reply is asked for."""
        with meter.part(self.need) as own:
            for options in self.tries:
                reply = ask_or_missing(model, self.messages, options, own, cancelled)
                if settled(reply):
                    break
        return Probe(self.name, self.messages, reply)

    @property
    def tries(self) -> tuple[Mapping[str, Any], ...]:
        """The options to ask with, one after another until the reading is settled."""
        return (self.options,) if self.opening is None else (self.opening, self.options)


def settled(reply: Answer) -> bool:
    """Whether asking for a longer reply could not change what is read from its first content token."""
    return reply.finish != "length" or decided(reply)


def decided(reply: Answer) -> bool:
    """Whether more of a reply could not change the probability of its first content token.

    >>> from estimators.types import Token
    >>> [decided(Answer(text, (Token(text, -0.1),))) for text in ("True", " **", "")]
    [True, False, False]
    """
    return first_content(reply) is not None if reply.tokens else bool(reply.text.strip())


def ask_again(model: BaseChatModel, turn: Turn) -> Iterator[Turn]:
    """Make the missing probes of the answer and of its claims.

    Those in the model's own turn share the beginning of their prompts, and so do those in third person: each can be
    a lane. The record holds them in their declared order, whichever comes first.
    """
    assert turn.answer is not None
    if turn.assessment is None:  # a check of an assessed answer keeps its reading until the next
        words = answer_words(turn.question, turn.answer)
        turn = replace(turn, reading=replace(read_so_far(turn.answer), answer_words=words))
    asked = follow_ups(model, turn)
    left = dict(enumerate(asked))
    yield (turn := _pending(replace(turn, stage="asking again"), left.values()))
    with closing(make(model, turn, asked)) as made:
        for arrived in made:
            if arrived is None:
                yield turn
                continue
            place, probe = arrived
            span = left.pop(place).span
            if span is None:
                turn = replace(turn, probes=_in_order({**turn.probes, probe.name: probe}))
            else:
                turn = replace(turn, claims=_with_probe(turn.claims, span, probe))
            yield (turn := _pending(turn, left.values()))


def follow_ups(model: BaseChatModel, turn: Turn) -> tuple[FollowUp, ...]:
    """The probes that the turn still needs, in the order in which they are asked one by one."""
    assert turn.answer is not None
    text, room = turn.answer.text, reasoning_room(turn)
    asked = []
    for kind in missing_probes(turn):
        messages = probe_messages(kind, turn.question, turn.sent, text, turn.options)
        options = sampling(model, turn.settings, temperature=0.0, max_tokens=room + kind.max_tokens)
        opening = opening_options(model, turn) if kind.first_token else None
        asked.append(FollowUp(kind.name, kind.name, kind.third, messages, options, opening))
    for need, span in missing_claim_probes(turn):
        name, claim = CLAIM_PROBES[need], text[slice(*span)]
        third = name == P_TRUE_THIRD
        messages = (
            claim_messages_third(turn.question, text, claim)
            if third
            else claim_messages(turn.sent, text, claim)
        )
        options = sampling(model, turn.settings, temperature=0.0, max_tokens=room + 6)
        asked.append(FollowUp(name, need, third, messages, options, opening_options(model, turn), span))
    return tuple(asked)


def opening_options(model: BaseChatModel, turn: Turn) -> dict[str, Any] | None:
    """The options that ask for the first token of a reply only; None if the model reasons first."""
    if reasoning_room(turn):
        return None
    return sampling(model, turn.settings, temperature=0.0, max_tokens=1)


def make(
    model: BaseChatModel, turn: Turn, asked: Sequence[FollowUp]
) -> Generator[tuple[int, Probe] | None, None, None]:
    """Make probes, all at once if the model decodes them as one batch.

    Otherwise those in the model's own turn are made beside those in third person, if the engine is faster so. Yields
    each with its place, and None while those of a batch are being written.
    """
    if batches(model, turn.settings):
        return _made_together(model, turn, asked)
    calls = [(place, partial(follow_up.ask, model)) for place, follow_up in enumerate(asked)]
    at_once = probes_at_once(model, turn.settings)
    if at_once == 1:
        lanes = [calls]
    else:
        lanes = [[call for call in calls if asked[call[0]].third is third] for third in (False, True)]
    return run_lanes([lane for lane in lanes if lane], at_once, turn.meter)


def _made_together(
    model: BaseChatModel, turn: Turn, asked: Sequence[FollowUp]
) -> Generator[tuple[int, Probe] | None, None, None]:
    """Make probes as one batch; those whose first token settles nothing are made again as a second one."""
    left = {place: list(follow_up.tries) for place, follow_up in enumerate(asked)}
    while left:
        requests = {
            place: Request(asked[place].need, asked[place].messages, tries.pop(0))
            for place, tries in left.items()
        }
        with closing(ask_together(model, requests, turn.meter)) as replies:
            for arrived in replies:
                if arrived is None:
                    yield None
                    continue
                place, reply = arrived
                if settled(reply) or not left[place]:
                    del left[place]
                    yield place, Probe(asked[place].name, asked[place].messages, reply)


def _pending(turn: Turn, left: Iterable[FollowUp]) -> Turn:
    return replace(turn, pending=tuple(follow_up.need for follow_up in left))


def _in_order(probes: Mapping[str, Probe]) -> dict[str, Probe]:
    places = {kind.name: place for place, kind in enumerate(PROBE_KINDS)}
    return dict(sorted(probes.items(), key=lambda named: places.get(named[0], len(places))))


def _with_probe(claims: tuple[Claim, ...], span: tuple[int, int], probe: Probe) -> tuple[Claim, ...]:
    """The claims in the order of the text, with the probe added to the claim of that span."""
    probes = {claim.span: claim.probes for claim in claims}
    probes[span] = {**probes.get(span, {}), probe.name: probe}
    return tuple(Claim(place, probes[place]) for place in sorted(probes))
