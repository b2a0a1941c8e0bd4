"""The evidence behind a confidence: the probes, the samples with their fidelity chains, and the details of the record."""

from collections.abc import Sequence
from dataclasses import dataclass

from chains.pipeline.resampling import plan
from chains.pipeline.turn import Turn
from estimators import ESTIMATORS, choose
from estimators.missing import Missing
from estimators.parsing.candidates import Candidate, candidates, label_texts
from estimators.percent import percent, points_between
from estimators.signals.key_span import key_span
from estimators.signals.ownership import OwnershipBias, ownership_biases
from estimators.signals.uncertainty_fidelity import UncertaintyFidelity, uncertainty_fidelity
from estimators.types import Assessment, Decision, Evidence, FidelityChain, Probe, Provenance
from prompts import load

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


def shown_probes(probes: Sequence[Probe], options: Sequence[str]) -> tuple[ShownProbe, ...]:
    """The probes of an answer to a question with these options."""
    return tuple(_probe(probe, options) for probe in probes)


def _probe(probe: Probe, options: Sequence[str]) -> ShownProbe:
    readings = [estimator.title for estimator in ESTIMATORS if probe.name in estimator.needs]
    where = "in the same conversation" if probe.in_own_turn else "in a separate conversation"
    if options:
        listed = any(all(option in message.content for option in options) for message in probe.messages)
        where += ", with the options listed" if listed else ", without the options"
    prompt = "\n\n".join(f"[{message.role}]\n{message.content}" for message in probe.messages)
    title = " · ".join(readings) or probe.name
    return ShownProbe(probe.name, title, where, prompt, probe.reply.text, probe.reply.missing)


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


def plan_words(turn: Turn) -> str:
    """The maximum cost of a consistency check, in words."""
    cost = plan(turn)
    read = (
        f" The model reads about {cost.prompt_tokens:,} tokens"
        if cost.prompt_tokens
        else " The model reads the prompts"
    )
    return (
        f"Draws {cost.samples} samples and asks at most {cost.chain_calls + cost.group_calls} short questions about "
        f"them.{read} and writes at most {cost.new_tokens:,}. A paid server charges for these."
    )


def check_progress(turn: Turn) -> CheckProgress | None:
    """The progress of a consistency check; None if none is running."""
    if turn.stage != "checking consistency":
        return None
    if turn.groups:
        return CheckProgress("Asking whether the model keeps each answer", len(turn.chains), len(turn.groups))
    planned = min(turn.settings.samples, turn.settings.max_calls)
    return CheckProgress("Sampling answer", len(turn.samples), planned)


def shown_samples(evidence: Evidence) -> ShownSamples | None:
    """The samples and candidates of an answer; None if no samples were drawn."""
    if not evidence.samples:
        return None
    fidelity, missing = None, ""
    try:
        fidelity = uncertainty_fidelity(evidence)
    except Missing as reason:
        missing = str(reason)
    return ShownSamples(
        tuple(sample.text for sample in evidence.samples),
        _summary(evidence),
        tuple(_candidate(candidate, evidence, fidelity) for candidate in candidates(evidence)),
        None if fidelity is None else fidelity.uncertainty,
        missing,
    )


def _summary(evidence: Evidence) -> str:
    drawn, readable = len(evidence.samples), sum(map(len, evidence.groups))
    unread = f"; {drawn - readable} could not be read as an answer" if drawn > readable else ""
    meanings = "one meaning" if len(evidence.groups) == 1 else f"{len(evidence.groups)} different meanings"
    text = f"{drawn} {'sample' if drawn == 1 else 'samples'}, {meanings}{unread}."
    if evidence.groups and evidence.shown_group is None:
        text += " None of them matches the answer above."
    return text


def _candidate(
    candidate: Candidate, evidence: Evidence, fidelity: UncertaintyFidelity | None
) -> ShownCandidate:
    chain = next((chain for chain in evidence.chains if chain.labels[0] == candidate.label), None)
    return ShownCandidate(
        candidate.label,
        candidate.text,
        candidate.count,
        candidate.share,
        candidate.shown,
        None if fidelity is None else min(1.0, fidelity.confidence.get(candidate.label, 0.0)),
        ShownChain(chain.labels, _chain_words(chain, evidence)) if chain else None,
    )


def _chain_words(chain: FidelityChain, evidence: Evidence) -> str:
    if len(chain.labels) == 1:
        return (
            chain.ended
            or f"when told that all other answers are wrong, the model stays with {chain.labels[0]}"
        )
    texts = label_texts(evidence, load("none_of_these").template)
    first, more = chain.labels[1], len(chain.labels) - 2
    text = texts.get(first, "")[:60]
    words = (
        "when told that all other answers are wrong, the model switches from "
        f"{chain.labels[0]} to {first} (“{text}”)"
    )
    words += f", then to {more} more" if more else ""
    return f"{words}; {chain.ended}" if chain.ended else words


# ---- details -----------------------------------------------------------------


def details(assessment: Assessment) -> dict[str, str]:
    """The lines by name; lines without content are left out."""
    decision, evidence, source = assessment.decision, assessment.evidence, assessment.evidence.provenance
    answer, judged = evidence.answer, evidence.answer.judged_text
    key = None if evidence.options else key_span(evidence.question.text, answer.text)
    limits = source.options.get("server")
    lines = {
        "Model": source.model,
        "Engine": source.engine,
        "Server": f"does not support everything: {limits}" if limits else "",
        "File": f"sha256 {source.model_sha256[:16]}…" if source.model_sha256 else "",
        "Answer words": answer.text[slice(*key)] if key else "",
        "Starts with": f"“{source.begun}”, chosen by a person" if source.begun else "",
        "Ownership bias": "; ".join(map(ownership_words, ownership_biases(assessment.signals))),
        "Scored": f"“{judged}”" if judged != answer.text.strip() else "the full answer",
        "Calibration": _calibration(decision),
        "Threshold": f"{percent(decision.threshold)}, {_of_threshold(decision)}",
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
    return "; ".join([f"{cost.calls} calls", *tokens, f"{cost.seconds:.1f} s"])


def _calibration(decision: Decision) -> str:
    if not decision.calibrated:
        return decision.uncalibrated or "none yet for this model"
    measured = f"calibrated on {decision.basis}" if decision.basis else "calibrated"
    return "; ".join(note for note in (measured, decision.outside, decision.unchecked) if note)


def _of_threshold(decision: Decision) -> str:
    if decision.risk is not None:
        return f"for an accepted risk of {percent(decision.risk)}"
    return "from the settings"
