"""Measures our matchers and judges, which are elsewhere, against the hand labels in `labelled/`."""
