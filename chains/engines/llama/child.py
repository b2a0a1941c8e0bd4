"""The child process of the embedded engine: llama.cpp's server, until its parent is gone.

It is run as a file, imports nothing of ours, and reads its settings (with the key) as one line of
JSON from standard input, so that the key never stands in a list of processes.
"""

import json
import os
import select
import sys
import threading
from typing import Any


def main() -> None:
    """Serve; print one line of JSON with the port when ready; end when standard input closes."""
    report = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # llama.cpp may print to standard output: keep that for the one line
    settings = json.loads(sys.stdin.readline())
    threading.Thread(target=_end_with_parent, args=(os.getppid(),), daemon=True).start()
    server = _serve(settings)
    print(json.dumps({"port": int(server.listening_address.rsplit(":", 1)[1])}), file=report, flush=True)
    threading.Event().wait()


def _serve(settings: dict[str, Any]) -> Any:
    import xllamacpp

    params = xllamacpp.CommonParams()
    params.model.path = settings["model"]
    params.model_alias = {settings["name"]}  # or the server would tell the path of the file
    params.hostnames, params.port = ["127.0.0.1"], settings["port"]
    params.api_keys = [settings["key"]]
    # An empty list of origins: no page of any other address may read an answer.
    params.cors_origins, params.cors_origins_explicit, params.cors_credentials = "", True, False
    params.cors_methods = params.cors_headers = ""
    params.ui = False
    params.n_ctx, params.n_parallel = settings["n_ctx"], settings["n_parallel"]
    params.kv_unified = True  # otherwise the context is divided among the slots
    # At 0.5 an own-turn prompt finds its own slot again and a third-person prompt takes the other
    # one, while what is overwritten is kept in memory (measured: docs and tests/chains).
    params.slot_prompt_similarity, params.cache_ram_mib = 0.5, settings["cache_mib"]
    params.cpuparams.n_threads = params.cpuparams_batch.n_threads = settings["threads"]
    # Only the options that are sent with a message change the distribution that is sampled.
    params.sampling.top_k, params.sampling.top_p, params.sampling.min_p = 0, 1.0, 0.0
    return xllamacpp.Server(params)


def _end_with_parent(parent: int) -> None:
    """End this process when standard input closes or the parent is another one: it has died."""
    while os.getppid() == parent:
        readable, _, _ = select.select([sys.stdin], [], [], 1.0)
        if readable and not os.read(0, 1):
            break
    os._exit(0)


if __name__ == "__main__":
    main()
