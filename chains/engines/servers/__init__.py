"""OpenAI-compatible servers: what they accept, refuse and send."""
