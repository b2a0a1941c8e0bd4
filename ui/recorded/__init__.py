"""Recorded conversations, which open at once and without a model, and the command that records them."""
