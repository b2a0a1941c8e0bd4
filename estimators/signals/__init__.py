"""Estimators: each reads one confidence from the evidence. No model and no I/O belong here."""
