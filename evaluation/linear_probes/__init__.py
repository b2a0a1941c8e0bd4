"""Trains linear probes on a model's hidden states from the records of a run."""
