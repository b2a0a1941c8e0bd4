"""The Calibrate screen: its form, its background job, its list and its results. Nothing here fits a calibration."""
