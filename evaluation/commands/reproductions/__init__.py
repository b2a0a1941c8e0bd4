"""`python -m evaluation reproduce TABLE`: each reads its arguments, calls `evaluation.reproductions`, prints, and
computes nothing."""
