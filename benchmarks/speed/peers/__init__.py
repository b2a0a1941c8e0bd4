"""Other packages that score answers, each in an environment of its own, timed against Credence in turn."""
