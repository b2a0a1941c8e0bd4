"""Training questions, sampled answers and parsed replies; nothing here trains or scores."""
