"""Calibrations and measured markers on disk: finding those that fit a model, and applying them. Fits no calibration."""
