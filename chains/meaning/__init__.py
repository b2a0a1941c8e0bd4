"""Sentence embeddings: which samples mean the same, and which phrase is close to which marker. Asks no chat model."""
