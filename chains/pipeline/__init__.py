"""From a message to its assessment: the answer, the probes, the samples. Engines stand below it."""
