"""Trials for tests, with only the values that matter."""

from typing import Any

from study.tables.trial_row import TrialRow


def trial(participant: str = "p", condition: str = "c", **values: Any) -> TrialRow:
    """A trial whose confidences are P(right), set on a slider from 0 to 1."""
    sliders = {f"{side}_slider": values.get(f"{side}_confidence") for side in ("own", "final")}
    scale = {"confidence_scale": "probability", "scale_low": 0.0, "scale_high": 1.0}
    return TrialRow(participant=participant, condition=condition, **{**scale, **sliders, **values})
