"""The cost of a signal beyond the answer itself: model calls and tokens, counted from the records' evidence."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import fmean

from estimators import ESTIMATORS
from estimators.signals.claims import CLAIM_PROBES
from estimators.signals.internal_states import NEED
from estimators.types import Answer, Cost, Evidence, FidelityChain, Probe
from evaluation.runs.record import Record

NEEDS = {estimator.name: estimator.needs for estimator in ESTIMATORS}


@dataclass(frozen=True, slots=True)
class SignalCost:
    """Means over the questions that have the signal or tried to."""

    calls: float  # of the model, beyond the answer
    new_tokens: float | None  # generated for it; None if the engine returns no tokens
    characters: float | None  # of the prompts sent for it; None if they are not recorded (samples, chains)
    evaluated: float | None  # prompt tokens that did not come from the prefix cache; None if unknown
    seconds: float | None  # of its calls; None if the records do not hold them
    measured: bool  # whether the engine counted the evaluated tokens; else they are estimated from the texts


def signal_cost(records: Sequence[Record], name: str) -> SignalCost:
    """The cost of one signal per question; signals that need the same probe or samples share its cost.

    A signal that is computed from the answer costs nothing. Records from older versions do not hold the cost of each
    probe: ``evaluated`` is then the length of what a prefix cache cannot hold yet (the question about the answer, or all
    of a third-person probe) over the mean length of the answers' tokens. Raises ValueError if no record has the signal.
    """
    gathered = [
        record.assessment.evidence for record in records if record.assessment and name in record.by_name
    ]
    if not gathered:
        raise ValueError(f"no record has the signal {name}")
    needs = NEEDS.get(name, ())
    replies = [_replies(evidence, needs) for evidence in gathered]
    counted = all(reply.tokens or not reply.text for some in replies for reply in some)
    hidden = {"samples", "chains"} & set(needs)
    measured = all("answer" in evidence.provenance.costs for evidence in gathered)
    parts = [_parts(evidence, needs) for evidence in gathered]
    return SignalCost(
        fmean(_calls(evidence, needs) for evidence in gathered),
        fmean(sum(len(reply.tokens) for reply in some) for some in replies)
        if counted and "chains" not in needs
        else None,
        None
        if hidden
        else fmean(
            sum(len(message.content) for probe in _probes(evidence, needs) for message in probe.messages)
            for evidence in gathered
        ),
        _evaluated(parts) if measured else _estimated(gathered, needs),
        fmean(sum(part.seconds for part in some) for some in parts) if measured else None,
        measured,
    )


def _parts(evidence: Evidence, needs: Sequence[str]) -> list[Cost]:
    return [cost for name, cost in evidence.provenance.costs.items() if name in needs]


def _evaluated(parts: Sequence[Sequence[Cost]]) -> float | None:
    """Prompt tokens less those from the cache; None if the engine does not count both."""
    counts = [(cost.prompt_tokens, cost.cached_tokens) for some in parts for cost in some]
    known = [sent - cached for sent, cached in counts if sent is not None and cached is not None]
    return sum(known) / len(parts) if len(known) == len(counts) else None


def _estimated(gathered: Sequence[Evidence], needs: Sequence[str]) -> float | None:
    answers = [evidence.answer for evidence in gathered if evidence.answer.tokens]
    tokens = sum(len(answer.tokens) for answer in answers)
    if "chains" in needs or not tokens:
        return None
    width = sum(len(answer.text) for answer in answers) / tokens
    return fmean(sum(map(_unshared, _probes(evidence, needs))) for evidence in gathered) / width


def _unshared(probe: Probe) -> int:
    """Characters of a probe that no earlier prompt of the turn begins with."""
    messages = probe.messages[-1:] if probe.in_own_turn else probe.messages
    return sum(len(message.content) for message in messages)


def _probes(evidence: Evidence, needs: Sequence[str]) -> list[Probe]:
    asked = [probe for name, probe in evidence.probes.items() if name in needs]
    of_claims = {name for need, name in CLAIM_PROBES.items() if need in needs}
    asked += [probe for claim in evidence.claims for name, probe in claim.probes.items() if name in of_claims]
    return asked


def _replies(evidence: Evidence, needs: Sequence[str]) -> list[Answer]:
    samples = evidence.samples if "samples" in needs else ()
    return [*(probe.reply for probe in _probes(evidence, needs)), *samples]


def _calls(evidence: Evidence, needs: Sequence[str]) -> int:
    # A free question's chains run over its groups of samples and "none of these".
    letters = len(evidence.options) or len(evidence.groups) + 1
    chains = evidence.chains if "chains" in needs else ()
    passes = NEED in needs and evidence.internals is not None and bool(evidence.internals.logprobs)
    return len(_replies(evidence, needs)) + passes + sum(chain_calls(chain, letters) for chain in chains)


def chain_calls(chain: FidelityChain, letters: int) -> int:
    """The calls of a fidelity chain over so many letters: one for each letter added, and one that ends it.

    It ends without a call if only one letter is left, the cap on calls is reached, or more could hardly change the result.

    >>> chain_calls(FidelityChain(("A",)), 4), chain_calls(FidelityChain(("A", "B")), 2)
    (1, 1)
    """
    ended_freely = len(chain.labels) >= letters or chain.end in ("capped", "settled")
    return len(chain.labels) - ended_freely


def whole_cost(records: Sequence[Record]) -> dict[str, float | None]:
    """Means over the assessed questions: calls, tokens sent, how many of them came from the prefix cache, tokens
    generated, seconds.

    None if the engine does not count them.
    """
    costs = [record.assessment.evidence.provenance.cost for record in records if record.assessment]
    fields: dict[str, Callable[[Cost], float | None]] = {
        "calls": lambda cost: cost.calls,
        "prompt_tokens": lambda cost: cost.prompt_tokens,
        "cached_tokens": lambda cost: cost.cached_tokens,
        "new_tokens": lambda cost: cost.new_tokens,
        "seconds": lambda cost: cost.seconds,
    }
    means: dict[str, float | None] = {}
    for name, read in fields.items():
        values = [value for cost in costs if (value := read(cost)) is not None]
        means[name] = fmean(values) if values and len(values) == len(costs) else None
    return means
