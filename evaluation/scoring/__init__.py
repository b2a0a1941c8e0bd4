"""From records to the inputs of metrics: confidences, correctness, markers, costs."""
