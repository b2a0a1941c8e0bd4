"""A model's own markers: an entry has either a figure with an interval or a reason."""

from typing import Any

import pytest

from estimators.markers.mic import ALL, MarkerConfidence, OwnMarkers


def test_the_gap_is_mic_minus_the_human_norm() -> None:
    entry = MarkerConfidence("probably", 0.6, 12, 0.5, 0.7)
    assert entry.gap(0.75) == pytest.approx(-0.15)  # it sounds more certain than it is
    assert MarkerConfidence("probably", None, 4, missing="seen only 4 times").gap(0.75) is None


@pytest.mark.parametrize(
    ("fields", "message"),
    [
        ({"mic": 0.5, "n": 3, "low": 0.6, "high": 0.7}, "perhaps: not 0 ≤ 0.6 ≤ 0.5"),
        ({"mic": 1.2, "n": 3, "low": 0.6, "high": 1.3}, "1.2"),
        ({"mic": 0.5, "n": 3}, "None ≤ 0.5"),
        ({"mic": None, "n": 3}, "the reason why it is missing"),
        ({"mic": 0.5, "n": 3, "low": 0.4, "high": 0.6, "missing": "x"}, "either a value"),
        ({"mic": None, "n": 3, "low": 0.4, "missing": "x"}, "an interval without a figure"),
        ({"mic": None, "n": -1, "missing": "x"}, "n = -1"),
    ],
)
def test_an_invalid_entry_raises_with_its_value(fields: dict[str, Any], message: str) -> None:
    with pytest.raises(ValueError, match=message):
        MarkerConfidence("perhaps", **fields)


def test_an_unseen_marker_has_a_reason_and_no_figure() -> None:
    seen = MarkerConfidence("likely", 0.5, 10, 0.4, 0.6)
    own = OwnMarkers("m", ALL, {"likely": seen})
    assert own.lookup("likely") is seen
    assert own.lookup("perhaps") == MarkerConfidence("perhaps", None, 0, missing="never seen")
