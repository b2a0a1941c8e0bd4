"""Reads question files in every common layout; `data/` holds the project's own questions. Nothing here asks a model."""
