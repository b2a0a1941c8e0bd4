"""What a model is called before it has been opened."""

from pathlib import Path

from chains.engines.absent import AbsentModel, absent_model
from chains.engines.embedded import embedded_sha256, is_embedded
from chains.model_files import BUILTIN_NAME, TINY_NAME, sha256_if_known


def name_of(spec: str) -> str:
    """The name that a model will have once it is open, as far as its spec tells.

    >>> name_of("tiny"), name_of("models/Qwen3-4B.gguf"), name_of("http://localhost:8080/v1#qwen")
    ('SmolLM2-135M-Instruct', 'Qwen3-4B', 'qwen')
    """
    if is_embedded(spec):
        return TINY_NAME if spec == "tiny" else BUILTIN_NAME
    if spec.lower().startswith(("http://", "https://")):
        address, _, name = spec.partition("#")
        return name or address
    return Path(spec).stem if spec.lower().endswith(".gguf") else spec


def not_open(spec: str, reason: str) -> AbsentModel:
    """Stands for a model that is not open; it has the identity that the model will have, as far as that is known."""
    if is_embedded(spec):
        return absent_model(_described(spec, "llama.cpp", embedded_sha256(spec)), reason)
    path = Path(spec).expanduser()
    local = spec.lower().endswith(".gguf") and path.is_file()
    return absent_model(_described(spec, "", sha256_if_known(path) if local else None), reason)


def _described(spec: str, engine: str, sha256: str | None) -> dict[str, str | None]:
    return {"model": name_of(spec), "engine": engine, "model_sha256": sha256}
