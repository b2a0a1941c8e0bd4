"""Metrics of selective prediction: how confidence ranks correct before wrong answers, and what abstention gains."""
