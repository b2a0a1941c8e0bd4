"""Measures marker internal confidence (MIC): samples, sentences and verdicts. Statistics over them belong in
`evaluation.metrics.markers`."""
