"""Conversations as records: stored, exported and imported."""
