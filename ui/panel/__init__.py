"""The confidence panel as HTML: pure functions of the values in ``ui.shown``."""
