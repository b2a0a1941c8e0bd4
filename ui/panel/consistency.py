"""The consistency check: candidates with their shares, fidelity chains and confidences; escaped HTML."""

from html import escape

from chains.pipeline.resampling import plan
from chains.pipeline.turn import Turn
from estimators.missing import Missing
from estimators.parsing.candidates import Candidate, candidates, label_texts
from estimators.percent import percent
from estimators.signals.uncertainty_fidelity import UncertaintyFidelity, uncertainty_fidelity
from estimators.types import Assessment, Evidence, FidelityChain
from prompts import load


def plan_words(turn: Turn) -> str:
    """The maximum cost of a consistency check, in words."""
    cost = plan(turn)
    read = f" It reads about {cost.prompt_tokens:,} tokens" if cost.prompt_tokens else " It reads some tokens"
    return (
        f"Draws {cost.samples} samples and asks at most {cost.chain_calls} short questions about them.{read} "
        f"and writes at most {cost.new_tokens:,}. A paid server charges for these."
    )


def progress(turn: Turn) -> str:
    """The progress of a consistency check, as a labelled bar."""
    drawn, planned = len(turn.samples), min(turn.settings.samples, turn.settings.max_calls)
    if turn.groups:
        done, all_, what = (
            len(turn.chains),
            len(turn.groups),
            "Asking whether it keeps each answer",
        )
    else:
        done, all_, what = drawn, planned, "Sampling answer"
    return (
        f'<div class="cr-progress" role="status"><label>{what} {done} of {all_}'
        f'<progress value="{done}" max="{max(1, all_)}"></progress></label></div>'
    )


def samples_body(assessment: Assessment) -> str:
    """The candidates, each with share, chain and confidence, and below them every sample."""
    evidence = assessment.evidence
    fidelity, lacking = None, ""
    try:
        fidelity = uncertainty_fidelity(evidence)
    except Missing as missing:
        lacking = f"<p class='cr-quiet'>No uncertainty and fidelity: {escape(str(missing))}.</p>"
    rows = "".join(_candidate(candidate, evidence, fidelity) for candidate in candidates(evidence))
    return (
        f"{_summary(evidence, fidelity)}{lacking}<ul class='cr-candidates'>{rows}</ul>"
        f"<details data-key='every-sample'><summary>All samples</summary><ol>{_every(evidence)}</ol></details>"
    )


def _summary(evidence: Evidence, fidelity: UncertaintyFidelity | None) -> str:
    readable = sum(map(len, evidence.groups))
    drawn = len(evidence.samples)
    unread = f"; {drawn - readable} could not be read as an answer" if drawn > readable else ""
    meanings = "one meaning" if len(evidence.groups) == 1 else f"{len(evidence.groups)} different meanings"
    text = f"<p>{drawn} {'sample' if drawn == 1 else 'samples'}, {meanings}{unread}."
    if evidence.groups and evidence.shown_group is None:
        text += " None of them matches the answer above."
    if fidelity is None:
        return f"{text}</p>"
    return (
        f"{text} Uncertainty: <b>{percent(fidelity.uncertainty)}</b> (0 % if all samples agree). The remainder to 100 % is "
        "divided among the answers by how firmly the model keeps each candidate.</p>"
    )


def _candidate(candidate: Candidate, evidence: Evidence, fidelity: UncertaintyFidelity | None) -> str:
    chain = next((chain for chain in evidence.chains if chain.labels[0] == candidate.label), None)
    figure = (
        ""
        if fidelity is None
        else f"<b>{percent(min(1.0, fidelity.confidence.get(candidate.label, 0.0)))}</b>"
    )
    count = f"{candidate.count:d} samples" if candidate.count > 1 else "1 sample"
    tag = ' <span class="cr-tag">shown</span>' if candidate.shown else ""
    return (
        f'<li><div class="cr-candidate"><span class="cr-letter">{escape(candidate.label)}</span>'
        f"<span>{escape(candidate.text)}{tag}</span>{figure}</div>"
        f'<div class="cr-share" role="img" aria-label="{percent(candidate.share)} of the samples">'
        f'<i style="width:{candidate.share * 100:.1f}%"></i><small>{count}, {percent(candidate.share)}</small></div>'
        f"{_chain(chain, evidence) if chain else ''}</li>"
    )


def _chain(chain: FidelityChain, evidence: Evidence) -> str:
    texts = label_texts(evidence, load("none_of_these").template)
    steps = " → ".join(f"<b>{escape(label)}</b>" for label in chain.labels)
    if len(chain.labels) == 1 and not chain.ended:
        words = f"told that all other answers are wrong, it stays with {chain.labels[0]}"
    elif len(chain.labels) == 1:
        words = chain.ended
    else:
        first, more = chain.labels[1], len(chain.labels) - 2
        text = texts.get(first, "")[:60]
        words = (
            f"told that all other answers are wrong, it switches from {chain.labels[0]} to {first} (“{text}”)"
        )
        words += f", then to {more} more" if more else ""
        words += f"; {chain.ended}" if chain.ended else ""
    return f'<p class="cr-chain">{steps} <small>{escape(words)}</small></p>'


def _every(evidence: Evidence) -> str:
    return "".join(f"<li>{escape(sample.text)}</li>" for sample in evidence.samples)
