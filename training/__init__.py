"""Rewarding Doubt: training a model to state a calibrated confidence in its answers. No page, and no question layouts,
belong here."""

import files.environment  # noqa: F401 - before torch is imported
