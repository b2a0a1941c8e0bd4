"""The command line that makes a llama-server serve a model as the Python package's llama.cpp does. Pure functions."""

from collections.abc import Mapping
from typing import Any

from chains.engines.llama.server_program import ServerProgram


def server_command(program: ServerProgram, settings: Mapping[str, Any]) -> list[str]:
    """The command without port and key: the child adds the port, and passes the key through a pipe."""
    threads = str(settings["threads"])
    command = [
        str(program.path),
        *(
            "--model",
            settings["model"],
            "--alias",
            settings["name"].replace(",", " "),
        ),  # commas separate names
        *("--host", "127.0.0.1"),
        # An empty list of origins: no web page from another address may read an answer.
        *("--cors-origins", "", "--cors-methods", "", "--cors-headers", "", "--no-cors-credentials"),
        *("--ctx-size", str(settings["n_ctx"]), "--parallel", str(settings["n_parallel"]), "--kv-unified"),
        *("--slot-prompt-similarity", "0.5", "--cache-ram", str(settings["cache_mib"])),
        *("--reasoning-format", "none"),  # it stays in the text, with all its tokens
        *("--threads", threads, "--threads-batch", threads),
        # Sample from the whole distribution; only options sent with a message may change it.
        *("--top-k", "0", "--top-p", "1.0", "--min-p", "0.0"),
    ]
    command += [next(name for name in ("--no-ui", "--no-webui") if name in program.options)]
    if program.devices:  # as many layers as fit into the memory of the graphics card
        command += ["--n-gpu-layers", "auto" if "--fit" in program.options else "999"]
    return command
