"""Rewarding Doubt: training a model to state a calibrated confidence in its answers."""
