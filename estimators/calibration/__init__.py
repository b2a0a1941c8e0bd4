"""Fits and applies calibrations as pure functions. File access belongs in `chains.calibration`."""
