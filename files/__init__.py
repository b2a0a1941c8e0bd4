"""Reads and writes files: texts, JSON lines, atomic replacement; and sets the environment. It imports no other package
of ours."""
