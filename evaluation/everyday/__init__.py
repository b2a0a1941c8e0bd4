"""Everyday requests, answered with and without a system message, to compare blind. Graded ones belong in `questions`."""
