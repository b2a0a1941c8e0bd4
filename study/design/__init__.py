"""The design of a study: its file, rules, items and frozen answers. Nothing here knows about participants."""
