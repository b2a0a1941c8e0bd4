"""Measures every method on real questions: question sets, runs, metrics, reports. The signals themselves belong in
`estimators`."""
