"""Fits a calibration from labelled answers and measures how good it is. Storing one belongs in `chains.calibration`."""
