"""Calibrations and measured markers on disk: which fits a model, and applying it."""
