"""Credence as tools for agents, over the Model Context Protocol. Needs the extra `mcp`."""
