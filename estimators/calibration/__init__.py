"""Fits, stores and applies calibrations, as pure functions. Files are read and written in `chains.calibration`."""
