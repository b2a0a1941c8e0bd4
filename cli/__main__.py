"""``credence COMMAND …`` (in the repository: ``python -m cli COMMAND …``)."""

import logging
import sys
from collections.abc import Sequence

from chains.command_line import CommandParser, add_commands, run_command

MODULES = {
    "ask": ("ask", "ask a model, and see how sure it is of its answer"),
    "check": ("check", "check saved answers; a limit makes it a test for continuous integration"),
    "chat": ("chat", "start the chat in the browser, with the API beside it"),
    "serve": ("serve", "serve the API, the OpenAI-compatible proxy and the MCP tools, without a page"),
    "mcp": ("mcp", "serve the MCP tools to an agent over standard input and output"),
}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command; returns the exit code, 2 for wrong arguments or input."""
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")
    parser = CommandParser(prog="credence", description="How sure is a language model of its answer?")
    add_commands(parser, f"{__package__}.commands", MODULES)
    return run_command(parser, arguments, extra="evaluation", kept="nothing was saved")


if __name__ == "__main__":
    sys.exit(main())
