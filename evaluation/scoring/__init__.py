"""Turns records into the input of metrics: confidences, correctness, markers, costs."""
