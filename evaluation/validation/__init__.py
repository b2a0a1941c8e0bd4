"""Measures our own matchers and judges against hand labels."""
