"""Trials for tests, with only the values that matter."""

from typing import Any

from study.tables.trial_row import TrialRow


def trial(participant: str = "p", condition: str = "c", **values: Any) -> TrialRow:
    """A trial whose confidences are P(right)."""
    values = {"confidence_scale": "probability", **values}
    return TrialRow(participant=participant, condition=condition, **values)
