"""The confidence panel of a turn or an assessment, as HTML.

Everything that a model or a person wrote is escaped here. The page receives the result as a value, never as a template.
"""

from collections.abc import Mapping, Sequence
from html import escape

from chains.pipeline.pipeline import wanted_signals
from chains.pipeline.turn import Turn
from estimators import ESTIMATORS, alignment, choose
from estimators.percent import percent
from estimators.signals.key_span import key_span
from estimators.types import Assessment, Decision, Probe
from ui.panel.axis import axis
from ui.panel.claims import claims_body, weakest
from ui.panel.consistency import progress, samples_body
from ui.panel.gap import gap_body
from ui.panel.markers import markers_body
from ui.panel.running_confidence import running_confidence
from ui.words import frequency, in_words

_ESTIMATORS = {estimator.name: estimator for estimator in ESTIMATORS}


def empty_panel() -> str:
    """The panel before the first question."""
    return _frame(
        "<h2>Confidence</h2><p class='cr-quiet'>Ask a question. Here you will see, on one scale, how probable "
        "the model found its own words, how certain it says it is when asked again, and whether the answer should be "
        "withheld.</p>"
    )


def turn_panel(
    turn: Turn | None, error: str = "", calibrated: bool = False, medians: Mapping[str, float] | None = None
) -> str:
    """The panel of a turn in progress or a finished one.

    ``calibrated``: whether its figure will be. ``medians``: the calibration's median per signal, the cuts between high
    and low.
    """
    if turn is not None and turn.assessment is not None:
        running = progress(turn) if turn.stage == "checking consistency" else ""
        return assessment_panel(turn.assessment, running, medians)
    if error:
        return _frame(
            "<h2>No confidence</h2><p class='cr-quiet'>The answer was cut off, so it was not scored.</p>"
        )
    if turn is None or turn.answer is None:
        text = "Waiting for the first token …"
        return _frame(f"<h2>Confidence</h2><p class='cr-quiet'>{text}</p>")
    figure = running_confidence(turn.answer)
    estimators = choose(wanted_signals(turn))
    head = _figure(figure, "token probability so far", "running", _RUNNING) if figure is not None else ""
    return _frame(head + axis(estimators, {}, turn.settings.threshold, turn.pending, led=calibrated))


def assessment_panel(
    assessment: Assessment, running: str = "", medians: Mapping[str, float] | None = None
) -> str:
    """The panel of a finished assessment; ``running`` is the HTML of a check in progress."""
    decision, signals = assessment.decision, assessment.signals
    if decision.confidence is None:
        head = f"<h2>No confidence</h2><p class='cr-quiet'>{escape(_sentence(decision.reason))}</p>"
    else:
        head = _decided_figure(assessment)
    by_name = {signal.name: signal for signal in signals}
    estimators = [_ESTIMATORS[signal.name] for signal in signals if signal.name in _ESTIMATORS]
    parts = (
        running,
        head,
        _advice(assessment),
        _guarantee(decision),
        axis(estimators, by_name, decision.threshold, led=decision.calibrated, figure=decision.confidence),
        gap_body(alignment(signals, medians=medians), assessment.evidence.probes),
        _other_choice(assessment),
        weakest(assessment),
        _markers(assessment),
        _asked_again(tuple(assessment.evidence.probes.values()), assessment.evidence.options),
        _samples(assessment),
        _claims(assessment),
        _details(assessment),
    )
    return _frame("".join(parts))


def _frame(body: str) -> str:
    return f'<section class="cr-panel" aria-label="Confidence">{body}</section>'


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:] + ("" if text.endswith(".") else ".")


_RUNNING = "The geometric mean of the token probabilities so far. It changes until the answer is complete."
_UNCALIBRATED = (
    "This comes from the model's own probabilities. How often answers with this confidence are right has not been "
    "measured."
)
_CALIBRATED = (
    "In the calibration, about this share of the answers with this confidence was right. It combines the signals below, "
    "whose raw values are shown."
)


def _decided_figure(assessment: Assessment) -> str:
    """The one large figure: calibrated, or the raw signal that decides."""
    decision = assessment.decision
    assert decision.confidence is not None
    if not decision.calibrated:
        estimator = _ESTIMATORS.get(decision.signal)
        why = f" {_sentence(decision.uncalibrated)}" if decision.uncalibrated else ""
        title = estimator.title.lower() if estimator else decision.signal
        return _figure(decision.confidence, title, "uncalibrated", _UNCALIBRATED + why)
    outside = f" {_sentence(decision.outside)} No guarantee covers it." if decision.outside else ""
    unchecked = f" {_sentence(decision.unchecked)}" if decision.unchecked else ""
    used, basis = len(decision.used), f" Measured on {decision.basis}." if decision.basis else ""
    title = f"from {used} signals" if used > 1 else "from one signal" if used else "from the signals below"
    more = '<span class="cr-tag cr-outside">out of distribution</span>' if outside else ""
    return _figure(decision.confidence, title, "calibrated", _CALIBRATED + basis + outside + unchecked, more)


def _figure(confidence: float, what: str, tag: str, meaning: str, more: str = "") -> str:
    return (
        f'<details class="cr-figure" data-key="figure"><summary><span class="cr-number">{percent(confidence)}</span>'
        f'<span class="cr-reading">{frequency(confidence)} · in words: <q>{escape(in_words(confidence))}</q>'
        f'<small>{escape(what)} <span class="cr-tag">{tag}</span>{more}</small></span></summary>'
        f"<p>{escape(meaning)}</p></details>"
    )


def _guarantee(decision: Decision) -> str:
    """The guarantee of the threshold; hidden next to the slider, which shows the same text."""
    text = decision.promise or decision.no_promise
    return f"<p class='cr-promise'>{escape(_sentence(text))}</p>" if text else ""


def _advice(assessment: Assessment) -> str:
    decision = assessment.decision
    if decision.confidence is None:
        return ""
    advice = "Better to withhold this answer" if decision.abstain else "No reason to withhold this answer"
    kind = "cr-warn" if decision.abstain else "cr-fine"
    sign = "△" if decision.abstain else "○"
    return (
        f'<p class="cr-advice {kind}"><span aria-hidden="true">{sign}</span> <b>{advice}.</b> '
        f"{escape(_sentence(decision.reason))}</p>"
    )


def _other_choice(assessment: Assessment) -> str:
    signal = assessment.signal("p_ic")
    if signal is None or signal.confidence is None or not signal.per_option:
        return ""
    best = max(range(len(signal.per_option)), key=lambda index: signal.per_option[index])
    if signal.per_option[best] <= signal.confidence:
        return ""
    option = assessment.evidence.options[best]
    return (
        f"<p class='cr-align'>A different option had the highest probability: “{escape(option)}” with "
        f"{percent(signal.per_option[best])}.</p>"
    )


def _fold(key: str, title: str, body: str, count: str = "") -> str:
    badge = f' <span class="cr-count">{count}</span>' if count else ""
    return f'<details class="cr-fold" data-key="{key}"><summary>{title}{badge}</summary><div>{body}</div></details>'


def _markers(assessment: Assessment) -> str:
    markers = assessment.markers
    return _fold("words", "In its words", markers_body(assessment), str(len(markers)) if markers else "")


def _probe(probe: Probe, options: Sequence[str]) -> str:
    readings = [e for e in ESTIMATORS if probe.name in e.needs]
    title = escape(" · ".join(estimator.title for estimator in readings) or probe.name)
    where = "in the same conversation" if probe.in_own_turn else "in a separate conversation"
    if options:
        shown = any(all(option in message.content for option in options) for message in probe.messages)
        where += ", with the options listed" if shown else ", without the options"
    reply = escape(probe.reply.text) or f"<em>no answer: {escape(probe.reply.missing)}</em>"
    prompt = "\n\n".join(f"[{message.role}]\n{message.content}" for message in probe.messages)
    return (
        f'<li><b>{title}</b> <small>{where}</small><pre class="cr-reply">{reply}</pre>'
        f'<details data-key="prompt-{escape(probe.name)}"><summary>Show the prompt</summary>'
        f"<pre>{escape(prompt)}</pre></details></li>"
    )


def _asked_again(probes: Sequence[Probe], options: Sequence[str]) -> str:
    if not probes:
        return _fold("asked", "Asked again", "<p>The model was not asked again.</p>")
    return _fold(
        "asked",
        "Asked again",
        f"<ul>{''.join(_probe(probe, options) for probe in probes)}</ul>",
        str(len(probes)),
    )


def _samples(assessment: Assessment) -> str:
    samples = assessment.evidence.samples
    if not samples:
        text = "“Check consistency” below an answer samples the same question again and shows here how far answers agree."
        return _fold("samples", "Samples", f"<p>{text}</p>")
    return _fold("samples", "Samples", samples_body(assessment), str(len(samples)))


def _claims(assessment: Assessment) -> str:
    claims = assessment.evidence.claims
    if not claims:
        return ""
    return _fold("claims", "Sentence by sentence", claims_body(assessment), str(len(claims)))


def _details(assessment: Assessment) -> str:
    decision = assessment.decision
    evidence, source = assessment.evidence, assessment.evidence.provenance
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
    judged = evidence.answer.judged_text
    key = key_span(evidence.question.text, evidence.answer.text)
    rows = {
        "Model": source.model,
        "Engine": source.engine,
        "Server": f"does not support everything: {limits}"
        if (limits := source.options.get("server"))
        else "",
        "File": f"sha256 {source.model_sha256[:16]}…" if source.model_sha256 else "",
        "Answer words": evidence.answer.text[slice(*key)] if key and not evidence.options else "",
        "Starts with": f"“{source.begun}”, chosen by a person" if source.begun else "",
        "Scored": f"“{judged}”" if judged != evidence.answer.text.strip() else "the full answer",
        "Calibration": _calibration(decision),
        "Threshold": f"{percent(decision.threshold)}, {_of_threshold(decision)}",
        "Cost": "; ".join([f"{cost.calls} calls", *tokens, f"{cost.seconds:.1f} s"]),
        "Prompts": ", ".join(f"{name} {digest[:8]}" for name, digest in source.prompts.items()),
        "Seed": str(source.seed) if source.seed is not None else "",
        "Asked": source.created,
    }
    body = "".join(f"<dt>{name}</dt><dd>{escape(value)}</dd>" for name, value in rows.items() if value)
    return _fold("details", "Details", f"<dl>{body}</dl>")


def _calibration(decision: Decision) -> str:
    if not decision.calibrated:
        return decision.uncalibrated or "none yet for this model"
    measured = f"calibrated on {decision.basis}" if decision.basis else "calibrated"
    return "; ".join(note for note in (measured, decision.outside, decision.unchecked) if note)


def _of_threshold(decision: Decision) -> str:
    if decision.risk is not None:
        return f"for an accepted risk of {percent(decision.risk)}"
    return "from the settings"
