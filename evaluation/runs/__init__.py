"""The records of a run: written one question at a time, read back, read again by a later version."""
