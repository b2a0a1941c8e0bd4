"""Credence for programs: the HTTP API, the OpenAI-compatible proxy and the MCP tools. Draws no chat and scores nothing."""
