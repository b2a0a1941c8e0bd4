"""LangChain agents: every final answer comes with its confidence, and what happens to one that is low."""
