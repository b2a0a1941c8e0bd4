"""How a confidence is written."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from estimators.percent import percent


@pytest.mark.parametrize(
    ("confidence", "written"),
    [
        (0.0, "0 %"), (1e-12, "< 1 %"), (0.0049, "< 1 %"), (0.005, "< 1 %"), (0.0051, "1 %"), (0.5, "50 %"),
        (0.724, "72 %"), (0.726, "73 %"), (0.9949, "99 %"), (0.995, "> 99 %"), (1 - 1e-12, "> 99 %"), (1.0, "100 %"),
    ],
)  # fmt: skip
def test_percent(confidence: float, written: str) -> None:
    assert percent(confidence) == written


@given(st.floats(0, 1))
def test_only_certainty_is_written_as_0_or_100(confidence: float) -> None:
    assert (percent(confidence) in ("0 %", "100 %")) == (confidence in (0.0, 1.0))
    assert abs(int(percent(confidence).strip("<>% ")) / 100 - confidence) <= 0.01
