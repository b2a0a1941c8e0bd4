"""Measures marker internal confidence (MIC): samples, sentences, judgements."""
