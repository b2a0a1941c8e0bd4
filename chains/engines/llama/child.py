"""The child process of the embedded engine: runs llama.cpp's server until its parent exits.

It runs as a script, imports none of our modules, and reads its settings (with the key) as one line
of JSON from standard input, so that the key never appears in a process list.
"""

import json
import os
import select
import sys
import threading
from typing import Any


def main() -> None:
    """Serve; print one line of JSON with the port when ready; exit when standard input closes."""
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # llama.cpp may print to standard output, which is reserved for that line
    settings = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    server = _serve(settings)
    print(json.dumps({"port": int(server.listening_address.rsplit(":", 1)[1])}), file=report, flush=True)
    threading.Event().wait()


def _serve(settings: dict[str, Any]) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["model"]
    params.model_alias = {settings["name"]}  # otherwise the server would reveal the path of the file
    params.hostnames, params.port = ["127.0.0.1"], settings["port"]
    params.api_keys = [settings["key"]]
    # An empty list of origins: no web page from another address may read an answer.
    params.cors_origins, params.cors_origins_explicit, params.cors_credentials = "", True, False
    params.cors_methods = params.cors_headers = ""
    params.ui = False
    params.n_ctx, params.n_parallel = settings["n_ctx"], settings["n_parallel"]
    params.kv_unified = True  # otherwise the context is divided among the slots
    # At 0.5 an own-turn prompt reuses its slot and a third-person prompt takes the other one, while
    # overwritten prefixes stay in memory (measured: docs and tests/chains).
    params.slot_prompt_similarity, params.cache_ram_mib = 0.5, settings["cache_mib"]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings["threads"]
    # Sample from the whole distribution; only options sent with a message may change it.
    params.sampling.top_k, params.sampling.top_p, params.sampling.min_p = 0, 1.0, 0.0
    return xllamacpp.Server(params)


def _end_with_parent(parent: int) -> None:
    """Exit when standard input closes or the parent process changes, which means that it died."""
    while os.getppid() == parent:
        readable, _, _ = select.select([sys.stdin], [], [], 1.0)
        if readable and not os.read(0, 1):
            break
    os._exit(0)


if __name__ == "__main__":
    main()
