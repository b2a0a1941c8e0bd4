"""What the signals of a turn are read from, and which probes of it are still to be made."""

from dataclasses import replace

from chains.calibration.apply import chosen_panel
from chains.pipeline.probing.probes import PROBE_KINDS, ProbeKind
from chains.pipeline.turn import Turn
from estimators import choose, default_signals
from estimators.abstention import deciding
from estimators.passages import Span
from estimators.signals.claims import CLAIM_PROBES


def wanted_signals(turn: Turn) -> tuple[str, ...]:
    """The names of a turn's signals, always including those that decide."""
    names = turn.settings.signals
    if names is None:
        sampled = bool(turn.settings.samples or turn.samples)
        panel = chosen_panel(turn.fit, turn.question, turn.kind, turn.settings)
        names = default_signals(
            turn.options,
            sampled=sampled,
            claims=bool(asked_claims(turn)),
            panel=panel,
            whole=not turn.settings.chosen_panel,
        )
        names = (*names, *(name for name in turn.needed if name not in names))
    return (*names, *(name for name in deciding(bool(turn.options)) if name not in names))


def needs(turn: Turn) -> set[str]:
    """What the turn's signals are read from: names of probes, samples, chains, claims."""
    return {need for estimator in choose(wanted_signals(turn)) for need in estimator.needs}


def missing_probes(turn: Turn) -> tuple[ProbeKind, ...]:
    """The probes that the turn's signals still need, in the order in which they are asked."""
    return tuple(
        kind
        for kind in PROBE_KINDS
        if kind.name in needs(turn) - set(turn.probes)
        and (turn.options or not (kind.weighs_options or kind.again))
    )


def missing_claim_probes(turn: Turn) -> tuple[tuple[str, Span], ...]:
    """What the turn's signals need of which claims and do not have yet; own turn before third person."""
    asked = {(name, claim.span) for claim in turn.claims for name in claim.probes}
    return tuple(
        (need, span)
        for need, name in CLAIM_PROBES.items()
        if need in needs(turn)
        for span in asked_claims(turn)
        if (name, span) not in asked
    )


def is_long(turn: Turn) -> bool:
    """Whether an answer claims more than one thing, so that its claims are judged one by one."""
    return len(turn.reading.claimed) > 1


def asked_claims(turn: Turn) -> tuple[Span, ...]:
    """The claims of a long answer to judge one by one: those with the least probable tokens, up to the cap."""
    if turn.answer is None or not is_long(turn):
        return ()
    doubtful = sorted(turn.reading.claimed, key=lambda sentence: sentence.probability or 0.0)
    spans = (sentence.claim for sentence in doubtful[: turn.settings.claims] if sentence.claim)
    return tuple(sorted(spans))


def judge_rest(turn: Turn) -> Turn:
    """The turn as the pipeline takes it to judge all claims that were beyond the cap; nothing else is asked again."""
    return _again(turn, claims=len(turn.reading.claimed))


def ask_rest(turn: Turn) -> Turn:
    """The turn as the pipeline takes it to ask the usual follow-up questions that the chosen panel left out."""
    return _again(turn, chosen_panel=False)


def _again(turn: Turn, **changes: int | bool) -> Turn:
    settings = turn.settings.model_copy(update={**changes, "samples": 0})
    return replace(turn, settings=settings, stage="asking again")
