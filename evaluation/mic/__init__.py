"""Measures marker internal confidence (MIC): samples, sentences and verdicts."""
