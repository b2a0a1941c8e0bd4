"""Fits a calibration from labelled answers and reports what it is worth."""
