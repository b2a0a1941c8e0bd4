"""Finds epistemic markers in a text and what they mean to people. No model calls belong here."""
