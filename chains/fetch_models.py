"""Downloads what ``make chat`` needs before it starts: ``python -m chains.fetch_models``."""

import os
import sys

from chains.engines.embedded import embedded_model, is_embedded
from chains.errors import ModelUnavailable
from chains.model_files import embedding_model_folder


def main() -> int:
    """Download what ``make chat`` needs and print where it is; returns the exit status.

    MODEL, ENGINE and ADAPTER say what is needed, as for the chat.
    """
    adapter = os.environ.get("ADAPTER")
    spec = os.environ.get("MODEL") or ("tiny" if adapter else "builtin")
    engine = "transformers" if os.environ.get("ENGINE") == "transformers" else "llama.cpp"
    try:
        if is_embedded(spec) and not adapter:
            print(f"chat model: {embedded_model(spec, engine).path}", flush=True)
        print(f"embedding model: {embedding_model_folder()}", flush=True)
    except ModelUnavailable as error:
        print(f"credence: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
