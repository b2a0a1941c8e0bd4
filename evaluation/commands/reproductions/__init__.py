"""`python -m evaluation reproduce TABLE`: each reads its arguments, calls `evaluation.reproductions` and prints."""
