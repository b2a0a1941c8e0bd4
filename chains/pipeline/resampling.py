"""Checking an answer's consistency: samples, which of them mean the same, and fidelity chains."""

import threading
from collections.abc import Generator, Iterator, Mapping, Sequence
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import count
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains.errors import CredenceError
from chains.pipeline.batched_calls import Request, ask_together, batches
from chains.pipeline.early_stopping import needed, settled, stops, unfollowed
from chains.pipeline.model_calls import Meter, ask_or_missing, sampling
from chains.pipeline.prefill import reasoning_room
from chains.pipeline.probing.probes import choose_messages
from chains.pipeline.probing.together import lanes_at_once, run_lanes
from chains.pipeline.turn import Plan, Turn, judged
from chains.settings import Settings
from estimators import choose
from estimators.parsing.candidates import candidate_labels, candidates, label_texts
from estimators.parsing.options import LABELS, find_choice
from estimators.signals.alternatives import ALTERNATIVES, CHOICE
from estimators.types import Answer, Evidence, FidelityChain, Message
from prompts import load

SAMPLE_TOKENS = 120  # most tokens of a sample
OPENING = 2  # tokens that tell “A.” from “A dog”
LETTER_TOKENS = 16  # most tokens of a sample where only the option's letter counts


def plan(turn: Turn) -> Plan:
    """The most that a consistency check can cost under the settings; tokens are estimated from the calls so far."""
    settings, options, cost = turn.settings, len(turn.options), turn.meter.cost()
    samples = min(settings.closer, settings.max_calls)
    distinct = min(samples, options) if options else samples
    asks = (options - 1) if options else distinct
    chain_calls = min(distinct * asks, settings.max_calls - samples)
    group_calls = _group_calls(settings)
    calls = samples + chain_calls + group_calls
    read = None if cost.prompt_tokens is None or not cost.calls else cost.prompt_tokens * calls // cost.calls
    new = samples * _sample_room(turn) + (chain_calls + group_calls) * _letter_room(turn)
    return Plan(samples, chain_calls, group_calls, read, new)


def _group_calls(settings: Settings) -> int:
    needs = {need for estimator in choose(settings.signals or ()) for need in estimator.needs}
    return len(needs & {CHOICE, *ALTERNATIVES})


def closer(turn: Turn, settings: Settings) -> Turn:
    """The turn as the pipeline takes it to check consistency, with the person's current settings."""
    current = {
        "samples": settings.closer,
        "stop_early": settings.stop_early and not turn.samples,  # a second check draws the rest
        "max_calls": settings.max_calls,
        "embedding": settings.embedding,
    }
    return replace(turn, settings=turn.settings.model_copy(update=current), stage="checking consistency")


def _sample_room(turn: Turn) -> int:
    return _letter_room(turn) if turn.options else _room(turn, SAMPLE_TOKENS)


def _letter_room(turn: Turn) -> int:
    return _room(turn, LETTER_TOKENS)


def _room(turn: Turn, tokens: int) -> int:
    """At most the length limit of an answer; more if the model reasons first."""
    limit = turn.settings.max_tokens
    return reasoning_room(turn) + (tokens if limit is None else min(limit, tokens))


def check_consistency(model: BaseChatModel, turn: Turn, chains: bool = True) -> Iterator[Turn]:
    """Draw the missing samples, group them, and follow a fidelity chain from each distinct one.

    A failed call ends the sampling; the samples so far count.
    """
    before = turn.meter.calls
    turn = replace(
        turn, stage="checking consistency", groups=(), ungrouped="", stopped="", shown_group=None, chains=()
    )
    yield turn
    for drawn in _sampled(model, turn):
        yield (turn := drawn)
    yield (turn := grouped(turn))
    if chains:
        yield from _followed(model, turn, turn.settings.max_calls - (turn.meter.calls - before))


def _sampled(model: BaseChatModel, turn: Turn) -> Iterator[Turn]:
    """Draw the missing samples, as many at once as the engine answers; they keep the order of their seeds.

    If they may stop early, the first samples that are enough are kept, whichever arrived by then, and a batch holds
    only those that are surely needed.
    """
    total = min(turn.settings.samples, turn.settings.max_calls)
    in_waves = batches(model, turn.settings) and turn.settings.stop_early
    drawn, whole = dict(enumerate(turn.samples)), len(turn.samples)  # those before ``whole`` are all there
    sizes: list[int] = []  # of the groups
    while whole < total:
        wave = range(whole, min(total, whole + needed(sizes)) if in_waves else total)
        with closing(_drawing(model, turn, wave)) as arriving:
            for arrived in arriving:
                if arrived is None:
                    yield turn
                    continue
                number, sample = arrived
                if not sample.text and sample.missing:
                    yield replace(turn, ungrouped=sample.missing)
                    return
                drawn[number] = judged(sample, turn.options)
                if number == whole:
                    before, whole = whole, next(place for place in count(whole) if place not in drawn)
                    for enough in range(before + 1, whole + 1) if turn.settings.stop_early else ():
                        first = grouped(replace(turn, samples=tuple(drawn[place] for place in range(enough))))
                        sizes = [len(group) for group in first.groups]
                        if reason := stops(sizes):
                            yield replace(first, stopped=reason if enough < total else "")
                            return
                yield (turn := replace(turn, samples=tuple(drawn[place] for place in sorted(drawn))))


def _drawing(
    model: BaseChatModel, turn: Turn, numbers: Sequence[int]
) -> Generator[tuple[int, Answer] | None, None, None]:
    """Yields each of these samples with its number, and None while those of a batch are being written."""
    options = {number: _sample_options(model, turn, number) for number in numbers}
    if batches(model, turn.settings):
        requests = {number: Request("samples", turn.sent, options[number]) for number in numbers}
        return ask_together(model, requests, turn.meter)
    at_once = lanes_at_once(model, turn.settings)
    calls = [(number, partial(_sample, model, turn, options[number])) for number in numbers]
    lanes = [calls[start::at_once] for start in range(at_once)]
    return run_lanes([lane for lane in lanes if lane], at_once, turn.meter)


def _sample_options(model: BaseChatModel, turn: Turn, number: int) -> dict[str, Any]:
    seed = turn.settings.seed + 1 + number
    return sampling(model, turn.settings, temperature=1.0, seed=seed, max_tokens=_sample_room(turn))


def _sample(
    model: BaseChatModel, turn: Turn, options: Mapping[str, Any], meter: Meter, cancelled: threading.Event
) -> Answer:
    with meter.part("samples") as own:
        return ask_or_missing(model, turn.sent, options, own, cancelled)


def _followed(model: BaseChatModel, turn: Turn, calls: int) -> Iterator[Turn]:
    """Follow a fidelity chain from each distinct sample, with at most ``calls`` calls together.

    As many chains run at once as the engine answers; those of one round share what is left equally.
    """
    evidence = sample_evidence(turn)
    texts = label_texts(evidence, load("none_of_these").template)
    asked, at_once = candidate_labels(evidence), lanes_at_once(model, turn.settings)
    left = _left_out(evidence) if turn.settings.stop_early else {}
    labels = [label for label in asked if label not in left]
    for start in range(0, len(labels), at_once):
        wave, before = labels[start : start + at_once], turn.meter.calls
        lanes = [
            [(label, partial(follow, model, turn, label, texts, max(0, calls) // len(wave)))]
            for label in wave
        ]
        found = {}
        with closing(run_lanes(lanes, at_once, turn.meter)) as arriving:
            for label, chain in arriving:
                found[label] = chain
                done = tuple(found[other] for other in wave if other in found)
                yield replace(turn, chains=(*turn.chains, *done))
        turn = replace(turn, chains=(*turn.chains, *(found[label] for label in wave)))
        calls -= turn.meter.calls - before
    yield replace(turn, chains=(*turn.chains, *left.values()))


def _left_out(evidence: Evidence) -> dict[str, FidelityChain]:
    """The chains that could hardly change the result, in place of those that are followed."""
    listed = candidates(evidence)
    shown = next((candidate.label for candidate in listed if candidate.shown), None)
    size = len(evidence.options) or sum(map(len, evidence.groups))
    return unfollowed({candidate.label: candidate.share for candidate in listed}, size, shown)


def follow(
    model: BaseChatModel, turn: Turn, first: str, texts: Mapping[str, str], calls: int,
    meter: Meter, cancelled: threading.Event,
) -> FidelityChain:  # fmt: skip
    """The fidelity chain of one sampled answer, with at most ``calls`` calls.

    The text of that option is replaced by a statement that all other options are
    wrong. Each other option that the model then picks (greedily) joins the chain and
    is removed, until the model picks the replaced option.
    """
    all_texts = list(texts.values())
    left = {**texts, first: load("others_wrong").template}
    labels, before = [first], meter.calls
    while len(left) > 1:
        if turn.settings.stop_early and (reason := settled(labels)):
            return FidelityChain(tuple(labels), reason, "settled")
        if (rest := calls - (meter.calls - before)) < 1:
            reason = f"cut: the cap of {turn.settings.max_calls} calls was reached"
            return FidelityChain(tuple(labels), reason, "capped")
        with meter.part("chains") as own:
            reply = _pick(model, turn, choose_messages(turn.question, left), all_texts, rest, own, cancelled)
        if not reply.text and reply.missing:
            return FidelityChain(tuple(labels), f"cut: {reply.missing}", "failed")
        choice = find_choice(reply.text, all_texts)
        picked = LABELS[choice[0]] if choice else ""
        if picked not in left:
            reason = f"the reply “{reply.text.strip()[:40]}” names none of the remaining options"
            return FidelityChain(tuple(labels), reason, "unreadable")
        if picked == first:
            break
        labels.append(picked)
        del left[picked]
    return FidelityChain(tuple(labels), end="kept")


def _pick(
    model: BaseChatModel, turn: Turn, messages: Sequence[Message], texts: Sequence[str], calls: int,
    meter: Meter, cancelled: threading.Event,
) -> Answer:  # fmt: skip
    """The model's choice among options; a check that stops early asks for a whole reply only if two tokens name none."""
    room = _letter_room(turn)
    short = turn.settings.stop_early and calls > 1 and not reasoning_room(turn)
    for tokens in (OPENING, room) if short else (room,):
        options = sampling(model, turn.settings, temperature=0.0, max_tokens=tokens)
        reply = ask_or_missing(model, messages, options, meter, cancelled)
        if reply.finish != "length" or find_choice(reply.text, texts):
            break
    return reply


def grouped(turn: Turn) -> Turn:
    """The turn with its samples grouped by meaning, and the group of the shown answer."""
    if not turn.samples or turn.groups or turn.answer is None:
        return turn
    if turn.options:
        return _by_option(turn)
    texts = {index: sample.text.strip() for index, sample in enumerate(turn.samples) if sample.text.strip()}
    indices = [*texts, len(turn.samples)]  # the shown answer comes last
    try:
        from chains.meaning.embedding import open_embedder
        from chains.meaning.semantic_clustering import group

        embedder = open_embedder(turn.settings.embedding)
        answers = [*texts.values(), turn.answer.judged_text]
        clusters = group(answers, question=turn.question.text, embedder=embedder)
    except CredenceError as error:
        return replace(turn, ungrouped=str(error).rstrip("."))
    groups = [tuple(indices[place] for place in cluster) for cluster in clusters]
    shown = next(members for members in groups if len(turn.samples) in members)
    return _with_groups(turn, groups, tuple(i for i in shown if i < len(turn.samples)))


def _by_option(turn: Turn) -> Turn:
    choices: dict[int, list[int]] = {}
    for index, sample in enumerate(turn.samples):
        choice = find_choice(sample.text, turn.options)
        if choice is not None:
            choices.setdefault(choice[0], []).append(index)
    assert turn.answer is not None
    shown = find_choice(turn.answer.text, turn.options)
    groups = [tuple(choices[option]) for option in sorted(choices)]
    return _with_groups(turn, groups, tuple(choices.get(shown[0], ())) if shown else ())


def _with_groups(turn: Turn, groups: list[tuple[int, ...]], shown: tuple[int, ...]) -> Turn:
    """The turn with these groups, samples only, the largest first."""
    of_samples = [tuple(i for i in group if i < len(turn.samples)) for group in groups]
    ordered = tuple(sorted(filter(None, of_samples), key=lambda group: (-len(group), group)))
    reason = "" if ordered else turn.ungrouped or "no sample could be read as an answer"
    return replace(
        turn, groups=ordered, shown_group=ordered.index(shown) if shown else None, ungrouped=reason
    )


def sample_evidence(turn: Turn) -> Evidence:
    """What is known of the samples of a turn, as evidence."""
    return Evidence(
        turn.question,
        turn.answer or Answer(""),
        turn.options,
        samples=turn.samples,
        groups=turn.groups,
        shown_group=turn.shown_group,
    )
