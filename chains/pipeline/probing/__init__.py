"""Follow-up questions about an answer: which are needed, their messages, and asking them. The answer streams elsewhere."""
