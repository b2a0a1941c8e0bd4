"""Compares texts by rules on their words, numbers and names. Embeddings belong in `chains.meaning`."""
