"""Compares texts by their words: content words, numbers, names, and whether two answers mean the same."""
