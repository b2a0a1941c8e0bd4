"""Reads what a reply says: the chosen option, a label, a level, a number."""
