"""Reads and writes files: texts, JSON lines, atomic replacement. It imports no other package of ours."""
