"""What the signals of a turn are read from, and which probes of it are still to be made."""

from chains.pipeline.probing.probes import PROBE_KINDS, ProbeKind
from chains.pipeline.turn import Turn
from estimators import choose, default_signals
from estimators.abstention import DECIDING
from estimators.signals.claims import CLAIM_PROBES

CLAIM_WORDS = 3  # a shorter sentence is not judged as a claim


def wanted_signals(turn: Turn) -> tuple[str, ...]:
    """The names of a turn's signals, always including the one that decides."""
    names = turn.settings.signals
    if names is None:
        sampled = bool(turn.settings.samples or turn.samples)
        names = default_signals(turn.options, sampled=sampled, claims=len(claim_spans(turn)) > 1)
        names = (*names, *(name for name in turn.needed if name not in names))
    deciding = DECIDING[0] if turn.options else DECIDING[1]
    return names if deciding in names else (*names, deciding)


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


def missing_claim_probes(turn: Turn) -> tuple[tuple[str, tuple[int, int]], ...]:
    """What the turn's signals need of which claims and do not have yet; own turn before third person."""
    asked = {name for claim in turn.claims for name in claim.probes}
    missing = [need for need, name in CLAIM_PROBES.items() if need in needs(turn) and name not in asked]
    return tuple((need, span) for need in missing for span in claim_spans(turn))


def claim_spans(turn: Turn) -> tuple[tuple[int, int], ...]:
    """The sentences of a long answer to judge one by one, up to the cap; none of a one-sentence answer."""
    if turn.answer is None:
        return ()
    text, sentences = turn.answer.text, (sentence.span for sentence in turn.reading.sentences)
    spans = [span for span in sentences if len(text[slice(*span)].split()) >= CLAIM_WORDS]
    return tuple(spans[: turn.settings.claims]) if len(spans) > 1 else ()
