"""Rewarding Doubt: training a model to state a calibrated confidence in its answers. No page, and no question layouts,
belong here."""
