"""Measures every method on real questions: question sets, runs, metrics, reports."""
