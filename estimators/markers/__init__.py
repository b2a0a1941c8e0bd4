"""Finds epistemic markers in a text, and says what they mean to people. No model."""
