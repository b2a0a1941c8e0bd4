"""Reads and writes files: texts, JSON lines, atomic replacement. Lies below every other package and imports none of them."""
