"""A value or a reason: every class that has both fields refuses both and neither."""

from collections.abc import Callable
from typing import Any

import pytest

from chains.calibration.fitting import Fit
from estimators.calibration.out_of_distribution import Neighbourhood
from estimators.calibration.risk_control import OperatingPoint
from estimators.markers.mic import MarkerConfidence
from estimators.types import Distance, Signal
from evaluation.grading.grader import Graded
from evaluation.metrics.estimate import Estimate
from tests.estimators.measured import calibration, part

Make = Callable[[Any, str], object]


@pytest.mark.parametrize(
    ("make", "value"),
    [
        pytest.param(lambda value, reason: Signal("numeric", value, reason), 0.0, id="signal"),
        pytest.param(lambda value, reason: Distance("physics", value, reason), 0.0, id="distance"),
        pytest.param(
            lambda value, reason: OperatingPoint(0.1, value, missing=reason), 0.0, id="operating point"
        ),
        pytest.param(lambda value, reason: Neighbourhood(limit=value, missing=reason), 0.0, id="limit"),
        pytest.param(
            lambda value, reason: MarkerConfidence("probably", value, 3, value, value, reason), 0.0, id="MIC"
        ),
        pytest.param(Estimate, 0.0, id="estimate"),
        pytest.param(lambda value, reason: Graded(value, reason=reason), False, id="grade"),
        pytest.param(Fit, calibration(part()), id="fit"),
    ],
)
def test_a_value_or_a_reason_never_both_never_neither(make: Make, value: object) -> None:
    make(None, "the model was not asked")
    for refused, reason in ((None, ""), (value, "the model was not asked")):
        with pytest.raises(ValueError, match="give either a value or the reason why it is missing"):
            make(refused, reason)
