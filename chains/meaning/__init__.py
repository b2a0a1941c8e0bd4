"""Sentence embeddings: which samples mean the same, which phrase is close to which marker."""
