"""Estimators: each reads one confidence out of the evidence. No model, no I/O."""
