"""The Calibrate screen and the slider of the accepted risk."""
