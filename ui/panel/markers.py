"""The markers of an answer: what people take each to mean, and what it stands for with this model; HTML, escaped."""

from html import escape

from chains.calibration.mic_store import load_mic
from estimators.markers.mic import OwnMarkers
from estimators.markers.polarity import asserted
from estimators.types import Assessment, MarkerMatch
from ui.panel.marker_words import marker_range, not_so
from ui.words import in_words


def markers_body(assessment: Assessment) -> str:
    """Every marker with human norm and range, the model's own MIC with its count, and the gap between the two."""
    source, confidence = assessment.evidence.provenance, assessment.decision.confidence
    own = load_mic(source.model, source.model_sha256)
    if assessment.markers:
        rows = "".join(_row(match, own) for match in assessment.markers)
        measured = (
            f"The model’s own figure is how often its other answers supported sentences with that word: {own.source}."
            if own
            else "What these words stand for with this model was not measured yet (python -m evaluation mic)."
        )
        body = (
            f"<p>What people take its words of doubt to mean:</p><ul>{rows}</ul>"
            f"<p class='cr-quiet'>{escape(measured)}</p>"
        )
    else:
        body = "<p>The answer contains no word of doubt or certainty.</p>"
    if confidence is not None:
        body += f"<p>The figure above in words would be: <q>{escape(in_words(confidence))}</q>.</p>"
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
