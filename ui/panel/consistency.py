"""What looking closer found: candidates with their shares, fidelity chains and confidences; all HTML, escaped."""

from html import escape

from chains.pipeline.resampling import plan
from chains.pipeline.turn import Turn
from estimators.parsing.candidates import Candidate, candidates, label_texts
from estimators.percent import percent
from estimators.signals.uncertainty_fidelity import UncertaintyFidelity, uncertainty_fidelity
from estimators.types import Assessment, Evidence, FidelityChain
from prompts import load


def plan_words(turn: Turn) -> str:
    """What looking closer takes at most, in one sentence."""
    found = plan(turn)
    read = (
        f" It reads about {found.prompt_tokens:,} tokens" if found.prompt_tokens else " It reads some tokens"
    )
    return (
        f"Draws {found.samples} further answers and asks at most {found.chain_calls} short questions about them.{read} "
        f"and writes at most {found.new_tokens:,}; a server may charge for them."
    )


def progress(turn: Turn) -> str:
    """How far looking closer has come, as a bar with words."""
    drawn, wanted = len(turn.samples), min(turn.settings.samples, turn.settings.max_calls)
    if turn.groups:
        done, all_, what = (
            len(turn.chains),
            len(turn.groups),
            "Testing whether it keeps its answer",
        )
    else:
        done, all_, what = drawn, wanted, "Sampling answers"
    return (
        f'<div class="cr-progress" role="status"><label>{what}: {done} of {all_}'
        f'<progress value="{done}" max="{max(1, all_)}"></progress></label></div>'
    )


def samples_body(assessment: Assessment) -> str:
    """The candidates, each with its share, its chain and its confidence, and below them every sample."""
    evidence = assessment.evidence
    found = uncertainty_fidelity(evidence)
    rows = "".join(_candidate(candidate, evidence, found) for candidate in candidates(evidence))
    return (
        f"{_summary(evidence, found)}<ul class='cr-candidates'>{rows}</ul>"
        f"<details data-key='every-sample'><summary>every sampled answer</summary><ol>{_every(evidence)}</ol></details>"
    )


def _summary(evidence: Evidence, found: UncertaintyFidelity | str) -> str:
    readable = sum(map(len, evidence.groups))
    drawn = len(evidence.samples)
    unread = f"; {drawn - readable} could not be read as an answer" if drawn > readable else ""
    meanings = "one meaning" if len(evidence.groups) == 1 else f"{len(evidence.groups)} different meanings"
    text = f"<p>Asked the same {drawn} times more, it gave {meanings}{unread}."
    if evidence.groups and evidence.shown_group is None:
        text += " None of them is what it answered above."
    if isinstance(found, str):
        return f"{text}</p><p class='cr-quiet'>No uncertainty and fidelity: {escape(found)}.</p>"
    return (
        f"{text} Uncertainty <b>{percent(found.uncertainty)}</b> (0 % when all samples agree). Each answer’s confidence "
        "is what is left of it, shared out by how faithfully the model stays with that answer.</p>"
    )


def _candidate(one: Candidate, evidence: Evidence, found: UncertaintyFidelity | str) -> str:
    chain = next((chain for chain in evidence.chains if chain.labels[0] == one.label), None)
    figure = (
        "" if isinstance(found, str) else f"<b>{percent(min(1.0, found.confidence.get(one.label, 0.0)))}</b>"
    )
    count = f"{one.count:d} samples" if one.count > 1 else "1 sample"
    tag = ' <span class="cr-tag">shown</span>' if one.shown else ""
    return (
        f'<li><div class="cr-candidate"><span class="cr-letter">{escape(one.label)}</span>'
        f"<span>{escape(one.text)}{tag}</span>{figure}</div>"
        f'<div class="cr-share" role="img" aria-label="{percent(one.share)} of the samples">'
        f'<i style="width:{one.share * 100:.1f}%"></i><small>{count}, {percent(one.share)}</small></div>'
        f"{_chain(chain, evidence) if chain else ''}</li>"
    )


def _chain(chain: FidelityChain, evidence: Evidence) -> str:
    texts = label_texts(evidence, load("none_of_these").template)
    steps = " → ".join(f"<b>{escape(label)}</b>" for label in chain.labels)
    if len(chain.labels) == 1 and not chain.ended:
        words = f"told that all the others are wrong, it stays with {chain.labels[0]}"
    elif len(chain.labels) == 1:
        words = chain.ended
    else:
        first, more = chain.labels[1], len(chain.labels) - 2
        text = texts.get(first, "")[:60]
        words = f"told that all the others are wrong, it leaves {chain.labels[0]} for {first} (“{text}”)"
        words += f", and after that for {more} more" if more else ""
        words += f"; {chain.ended}" if chain.ended else ""
    return f'<p class="cr-chain">{steps} <small>{escape(words)}</small></p>'


def _every(evidence: Evidence) -> str:
    return "".join(f"<li>{escape(sample.text)}</li>" for sample in evidence.samples)
