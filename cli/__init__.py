"""The command `credence`: ask a model, check saved answers, and start the chat, the service or the MCP server."""
