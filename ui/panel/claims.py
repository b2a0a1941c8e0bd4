"""A long answer sentence by sentence: the weakest one named, and the figures of each; all HTML, escaped."""

from html import escape

from estimators.percent import percent
from estimators.signals.claims import ClaimReading, claim_readings, weakest_claim
from estimators.types import Assessment
from ui.panel.marker_words import range_words


def weakest(assessment: Assessment) -> str:
    """The sentence of a long answer that is least sure, in one line."""
    found = weakest_claim(assessment.evidence)
    if found is None or found.confidence is None or len(assessment.evidence.claims) < 2:
        return ""
    asked = found.p_true is not None
    how = "asked about it alone, “True” gets" if asked else "its tokens have a mean probability of"
    return (
        f"<p class='cr-align cr-weakest'>Weakest sentence: <q>{escape(found.text)}</q>; {how} "
        f"<b>{percent(found.confidence)}</b>.</p>"
    )


def claims_body(assessment: Assessment) -> str:
    """Every sentence with its token probability, its weakest token, P(True) and its markers."""
    rows = "".join(map(_row, claim_readings(assessment.evidence)))
    return f"<ol class='cr-claims'>{rows}</ol>"


def _row(reading: ClaimReading) -> str:
    figures = [
        f"{name} {percent(value) if value is not None else 'missing'}"
        for name, value in (
            ("P(True)", reading.p_true),
            ("tokens", reading.tokens),
            ("weakest token", reading.minimum),
        )
    ]
    markers = [f"“{marker.text}” {range_words(marker)}" for marker in reading.markers]
    return f"<li>{escape(reading.text)}<small>{escape(' · '.join([*figures, *markers]))}</small></li>"
