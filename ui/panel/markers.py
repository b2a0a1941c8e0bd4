"""The markers of an answer: what people understand by them, and what they mean with this model; escaped HTML."""

from html import escape

from chains.calibration.mic_store import load_mic
from estimators.markers.mic import OwnMarkers
from estimators.markers.polarity import asserted
from estimators.types import Assessment, MarkerMatch
from ui.panel.marker_words import marker_range, not_so
from ui.words import in_words


def markers_body(assessment: Assessment) -> str:
    """Every marker with its human norm and range, this model's MIC and sample count, and the gap between the two."""
    source, confidence = assessment.evidence.provenance, assessment.decision.confidence
    own = load_mic(source.model, source.model_sha256)
    if assessment.markers:
        rows = "".join(_row(match, own) for match in assessment.markers)
        measured = (
            f"The figure for this model is how often its other answers supported sentences with that word: {own.source}."
            if own
            else "What these words mean with this model has not been measured (python -m evaluation mic)."
        )
        body = (
            f"<p>What people understand by its words of certainty and doubt:</p><ul>{rows}</ul>"
            f"<p class='cr-quiet'>{escape(measured)}</p>"
        )
    else:
        body = "<p>The answer contains no words of certainty or doubt.</p>"
    if confidence is not None:
        body += f"<p>The confidence above in words: <q>{escape(in_words(confidence))}</q>.</p>"
    return body


def _row(match: MarkerMatch, own: OwnMarkers | None) -> str:
    people = f"people: {asserted(match.marker, match.norm) * 100:.0f} %{not_so(match.marker)}"
    meant = f", similarity {match.similarity:.2f}" if match.similarity is not None else ""
    return (
        f"<li><b>{escape(marker_range(match))}</b>, {people}{_own(match, own)} "
        f"<small>{escape(match.source)}{meant}</small></li>"
    )


def _own(match: MarkerMatch, own: OwnMarkers | None) -> str:
    if own is None:
        return ""
    entry = own.lookup(match.marker)
    gap = entry.gap(match.norm)
    if entry.mic is None or gap is None:
        return f"; this model: {escape(entry.missing)}"
    figure = f"<b>{entry.mic * 100:.0f} %</b>{not_so(match.marker)}"
    return f"; this model: {figure} (n = {entry.n:d}), gap {round(gap * 100) + 0:+d} points"
