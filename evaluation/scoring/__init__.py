"""Turns the records of a run into the input of metrics: confidences, correctness, markers, costs. Prints nothing."""
