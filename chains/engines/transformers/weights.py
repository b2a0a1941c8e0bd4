"""What was loaded: the checksum of the weights, how much they read, and the versions that run them."""

import hashlib
from importlib.metadata import version
from pathlib import Path

from chains.engines.transformers.decoder import Engine

ADAPTER_WEIGHTS = ("adapter_model.safetensors", "adapter_model.bin")  # in the order that peft tries
UNKNOWN_CONTEXT = 4096  # tokens, for the rare model that does not state its context


def context_length(engine: Engine) -> int:
    """The most tokens that the model reads."""
    config = engine.model.config.get_text_config()
    return int(getattr(config, "max_position_embeddings", None) or UNKNOWN_CONTEXT)


def build_line(engine: Engine) -> str:
    """The versions, precision and device in one line."""
    versions = ", ".join(f"{name} {version(name)}" for name in ("transformers", "torch"))
    return f"{versions}, {str(engine.model.dtype).removeprefix('torch.')} on {engine.model.device.type}"


def weights_sha256(base: Path, adapter: str | Path | None) -> str | None:
    """The checksum of the base file; with an adapter, a checksum over both, since that is a different model.

    None if one of them is not a file on this machine: a folder or hub id is many files.
    """
    from chains.model_files import file_sha256

    if not base.is_file():
        return None
    if adapter is None:
        return file_sha256(base)
    folder = Path(adapter).expanduser()
    weights = next((folder / name for name in ADAPTER_WEIGHTS if (folder / name).is_file()), None)
    config = folder / "adapter_config.json"  # it holds the scale
    if weights is None or not config.is_file():
        return None
    parts = " ".join(file_sha256(file) for file in (base, weights, config))
    return hashlib.sha256(parts.encode()).hexdigest()
