"""A study's design: its file, its rules, its items and frozen answers. Nothing here knows a participant."""
