"""The details of an assessment: the model, the calibration, the threshold and the cost, each as one line."""

from estimators.percent import percent
from estimators.signals.key_span import key_span
from estimators.types import Assessment, Decision, Provenance


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
        "Scored": f"“{judged}”" if judged != answer.text.strip() else "the full answer",
        "Calibration": _calibration(decision),
        "Threshold": f"{percent(decision.threshold)}, {_of_threshold(decision)}",
        "Cost": _cost(source),
        "Prompts": ", ".join(f"{name} {digest[:8]}" for name, digest in source.prompts.items()),
        "Seed": str(source.seed) if source.seed is not None else "",
        "Asked": source.created,
    }
    return {name: line for name, line in lines.items() if line}


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
