"""From a message to its assessment: the answer, the probes, the samples. Engines must not import it."""
