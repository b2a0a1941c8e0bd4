"""The OpenAI-compatible proxy: chat completions as any client expects them, with a field `credence` about the confidence."""
