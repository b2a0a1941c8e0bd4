"""OpenAI-compatible servers: what they accept, reject and send. Starts no engine."""
