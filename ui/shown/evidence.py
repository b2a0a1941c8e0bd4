"""The evidence behind a confidence: the probes, the samples with their fidelity chains, and the details of the record."""

from collections.abc import Sequence
from dataclasses import dataclass

from chains.pipeline.turn import Turn
from estimators import ESTIMATORS, choose
from estimators.parsing.candidates import Candidate
from estimators.percent import percent, points_between
from estimators.reading import Reading
from estimators.signals.ownership import OwnershipBias, ownership_biases
from estimators.types import Assessment, Decision, Evidence, FidelityChain, Probe, Provenance
from prompts import load

_TITLES = {
    need: " · ".join(estimator.title for estimator in ESTIMATORS if need in estimator.needs)
    for need in dict.fromkeys(need for estimator in ESTIMATORS for need in estimator.needs)
}  # by probe

# ---- probes ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class ShownProbe:
    """One probe: the signals read from it, where it was asked, the prompt, and the reply or why there is none."""

    name: str
    title: str
    where: str
    prompt: str
    reply: str
    missing: str


def shown_probes(evidence: Evidence) -> tuple[ShownProbe, ...]:
    """The probes of an answer."""
    return tuple(_probe(probe, evidence.options) for probe in evidence.probes.values())


def _probe(probe: Probe, options: Sequence[str]) -> ShownProbe:
    where = "in the same conversation" if probe.in_own_turn else "in a separate conversation"
    if options:
        listed = any(all(option in message.content for option in options) for message in probe.messages)
        where += ", with the options listed" if listed else ", without the options"
    prompt = "\n\n".join(f"[{message.role}]\n{message.content}" for message in probe.messages)
    return ShownProbe(
        probe.name, _TITLES.get(probe.name, probe.name), where, prompt, probe.reply.text, probe.reply.missing
    )


# ---- samples -----------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class CheckProgress:
    """How far a consistency check is."""

    what: str
    done: int
    total: int


@dataclass(frozen=True, slots=True)
class ShownChain:
    """A fidelity chain: its labels, and what happened in words."""

    labels: tuple[str, ...]
    words: str


@dataclass(frozen=True, slots=True)
class ShownCandidate:
    """One candidate with its share of the samples, its confidence (None: missing) and its chain."""

    label: str
    text: str
    count: int
    share: float
    shown: bool
    confidence: float | None
    chain: ShownChain | None


@dataclass(frozen=True, slots=True)
class ShownSamples:
    """The samples of an answer and what they agree on; ``missing`` says why there is no uncertainty."""

    texts: tuple[str, ...]
    summary: str
    candidates: tuple[ShownCandidate, ...]
    uncertainty: float | None
    missing: str = ""


def check_progress(turn: Turn) -> CheckProgress | None:
    """The progress of a consistency check; None if none is running."""
    if turn.stage != "checking consistency":
        return None
    if turn.groups:
        return CheckProgress("Asking whether the model keeps each answer", len(turn.chains), len(turn.groups))
    planned = min(turn.settings.samples, turn.settings.max_calls)
    return CheckProgress("Sampling answer", len(turn.samples), planned)


def shown_samples(evidence: Evidence, reading: Reading) -> ShownSamples | None:
    """The samples and candidates of an answer; None if no samples were drawn."""
    if not evidence.samples:
        return None
    fidelity = reading.fidelity
    return ShownSamples(
        tuple(sample.text for sample in evidence.samples),
        _summary(evidence),
        tuple(_candidate(candidate, evidence, reading) for candidate in reading.candidates),
        None if fidelity is None else fidelity.uncertainty,
        reading.no_fidelity,
    )


def _summary(evidence: Evidence) -> str:
    drawn, readable = len(evidence.samples), sum(map(len, evidence.groups))
    unread = f"; {drawn - readable} could not be read as an answer" if drawn > readable else ""
    meanings = "one meaning" if len(evidence.groups) == 1 else f"{len(evidence.groups)} different meanings"
    text = f"{drawn} {'sample' if drawn == 1 else 'samples'}, {meanings}{unread}."
    if evidence.stopped:
        text += f" Sampling stopped there: {evidence.stopped}. Check consistency again to draw the rest."
    if evidence.groups and evidence.shown_group is None:
        text += " None of them matches the answer above."
    return text


def _candidate(candidate: Candidate, evidence: Evidence, reading: Reading) -> ShownCandidate:
    fidelity = reading.fidelity
    chain = next((chain for chain in evidence.chains if chain.labels[0] == candidate.label), None)
    return ShownCandidate(
        candidate.label,
        candidate.text,
        candidate.count,
        candidate.share,
        candidate.shown,
        None if fidelity is None else min(1.0, fidelity.confidence.get(candidate.label, 0.0)),
        ShownChain(chain.labels, _chain_words(chain, reading)) if chain else None,
    )


def _chain_words(chain: FidelityChain, reading: Reading) -> str:
    if len(chain.labels) == 1:
        return (
            chain.ended
            or f"when told that all other answers are wrong, the model stays with {chain.labels[0]}"
        )
    first, more = chain.labels[1], len(chain.labels) - 2
    text = (reading.texts.get(first) or load("none_of_these").template)[:60]
    words = (
        "when told that all other answers are wrong, the model switches from "
        f"{chain.labels[0]} to {first} (“{text}”)"
    )
    words += f", then to {more} more" if more else ""
    return f"{words}; {chain.ended}" if chain.ended else words


# ---- details -----------------------------------------------------------------


def details(assessment: Assessment, reading: Reading) -> dict[str, str]:
    """The lines by name; lines without content are left out."""
    decision, evidence, source = assessment.decision, assessment.evidence, assessment.evidence.provenance
    answer, judged = evidence.answer, evidence.answer.judged_text
    words = None if evidence.options else reading.answer_words
    limits, risk = source.options.get("server"), decision.risk
    threshold = "from the settings" if risk is None else f"for an accepted risk of {percent(risk)}"
    lines = {
        "Model": source.model,
        "Engine": str(source.options.get("engine") or source.engine),
        "Server": f"does not support everything: {limits}" if limits else "",
        "File": f"sha256 {source.model_sha256[:16]}…" if source.model_sha256 else "",
        "Answer words": answer.text[slice(*words)] if words else "",
        "Starts with": f"“{source.begun}”, chosen by a person" if source.begun else "",
        "Ownership bias": "; ".join(map(ownership_words, ownership_biases(assessment.signals))),
        "Words": f"scored by {source.scored_by}" if source.scored_by else "",
        "Scored": f"“{judged}”" if judged != answer.text.strip() else "the full answer",
        "Calibration": _calibration(decision),
        "Threshold": f"{percent(decision.threshold)}, {threshold}",
        "Cost": _cost(source),
        "Prompts": ", ".join(f"{name} {digest[:8]}" for name, digest in source.prompts.items()),
        "Seed": str(source.seed) if source.seed is not None else "",
        "Asked": source.created,
    }
    return {name: line for name, line in lines.items() if line}


def ownership_words(bias: OwnershipBias) -> str:
    """An ownership bias in points, with both figures.

    >>> ownership_words(OwnershipBias("p_true_own", 0.75, 0.9))
    "P(True) −15 points (75 % as its own, 90 % as someone else's)"
    """
    points = points_between(bias.own, bias.third)
    title = choose([bias.signal])[0].title.removesuffix(", own turn")
    size = f"{points:+} {'point' if abs(points) == 1 else 'points'}".replace("-", "−").replace("+0", "0")
    return f"{title} {size} ({percent(bias.own)} as its own, {percent(bias.third)} as someone else's)"


def _cost(source: Provenance) -> str:
    cost = source.cost
    tokens = [
        f"{count:,} {name}"
        for count, name in (
            (cost.prompt_tokens, "prompt tokens"),
            (cost.cached_tokens, "of them from the cache"),
            (cost.new_tokens, "new tokens"),
        )
        if count is not None
    ]
    return "; ".join(
        [f"{cost.calls} {'call' if cost.calls == 1 else 'calls'}", *tokens, f"{cost.seconds:.1f} s"]
    )


def _calibration(decision: Decision) -> str:
    if not decision.calibrated:
        return decision.uncalibrated or "none yet for this model"
    measured = f"calibrated on {decision.basis}" if decision.basis else "calibrated"
    return "; ".join(note for note in (measured, decision.outside, decision.unchecked) if note)
