"""A long answer, sentence by sentence: the least certain one and the figures of each; escaped HTML."""

from html import escape

from estimators.percent import percent
from estimators.signals.claims import ClaimReading, claim_readings, weakest_claim
from estimators.types import Assessment
from ui.panel.marker_words import range_words


def weakest(assessment: Assessment) -> str:
    """The least certain sentence of a long answer, in one line."""
    claim = weakest_claim(assessment.evidence)
    if claim is None or claim.confidence is None or len(assessment.evidence.claims) < 2:
        return ""
    asked = claim.p_true is not None
    how = "asked about it alone, the model gives “True”" if asked else "mean token probability"
    return (
        f"<p class='cr-align cr-weakest'>Weakest sentence: <q>{escape(claim.text)}</q>; {how} "
        f"<b>{percent(claim.confidence)}</b>.</p>"
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
