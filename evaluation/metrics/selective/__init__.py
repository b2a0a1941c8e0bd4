"""Metrics of selective prediction: how well confidence ranks correct above wrong answers, and what abstention gains. No
guarantees."""
