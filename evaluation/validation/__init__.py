"""Measures our matchers and judges against hand labels."""
