"""The models that can be opened here: built in, in a folder, on the server in use, and cached from the hub."""

import os
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from chains.downloads.pins import BUILTIN, TINY, TINY_FILE, TINY_SHA256
from chains.engines.servers.openai_server import served_models
from chains.errors import ModelUnavailable
from chains.model_files import cache_folder, sha256_if_known
from chains.models.names import name_of

FOLDER = "CREDENCE_MODELS"  # where a person keeps GGUF files
MOST = 200  # files of a folder
_LATER_PART = re.compile(r"-(?!00001)\d{5}-of-\d{5}$")  # of a file that is divided; the first one opens all
Place = Literal["built in", "folder", "server", "hub", "elsewhere"]


@dataclass(frozen=True, slots=True)
class FoundModel:
    """A model that ``open_chat_model(spec)`` opens."""

    spec: str
    name: str
    place: Place
    where: str = ""  # the folder, the server's address or the repository
    size: int | None = None  # bytes; None if it is not known
    sha256: str | None = None  # of its file; None if that was not read yet
    fetched: bool = True  # False: it is downloaded first


def found_models(in_use: str = "") -> tuple[FoundModel, ...]:
    """All of them, without those that could not be listed; ``in_use`` is the spec of the open model, if it is known."""
    found = [*_built_in(), *_in_folders(in_use), *_on_server(in_use), *_on_hub()]
    if in_use and in_use not in {model.spec for model in found}:
        found.insert(0, FoundModel(in_use, name_of(in_use), "elsewhere"))
    return tuple(found)


def _built_in() -> Iterator[FoundModel]:
    large, small = cache_folder() / BUILTIN.name, cache_folder() / TINY_FILE
    for spec, path, size, sha256 in (
        ("builtin", large, BUILTIN.size, BUILTIN.sha256),
        ("tiny", small, TINY.size, TINY_SHA256),
    ):
        there = path.exists()
        yield FoundModel(
            spec, name_of(spec), "built in", size=path.stat().st_size if there else size, sha256=sha256,
            fetched=there,
        )  # fmt: skip


def _in_folders(in_use: str) -> Iterator[FoundModel]:
    ours = {cache_folder() / BUILTIN.name, cache_folder() / TINY_FILE}
    listed: set[Path] = set()
    for file in _files(in_use):
        if file in ours or file in listed or "mmproj" in file.name.lower() or _LATER_PART.search(file.stem):
            continue
        listed.add(file)
        size = sum(part.stat().st_size for part in _parts(file))
        yield FoundModel(
            str(file), file.stem, "folder", _short(file.parent), size, sha256=sha256_if_known(file)
        )


def _files(in_use: str) -> Iterator[Path]:
    """The GGUF files of $CREDENCE_MODELS and all folders in it, else of the folder of the file in use; and the cache's."""
    if chosen := os.environ.get(FOLDER):
        yield from _few(Path(chosen).expanduser().absolute().rglob("*.gguf"))
    elif in_use.lower().endswith(".gguf") and (file := Path(in_use).expanduser().absolute()).is_file():
        yield from _few(file.parent.glob("*.gguf"))
    yield from _few(cache_folder().absolute().glob("*.gguf"))


def _few(files: Iterable[Path]) -> list[Path]:
    try:
        return [file for file in sorted(files)[:MOST] if _is_gguf(file)]
    except OSError:  # a folder that cannot be read
        return []


def _is_gguf(file: Path) -> bool:
    try:
        with file.open("rb") as content:
            return content.read(4) == b"GGUF"
    except OSError:
        return False


def _parts(file: Path) -> list[Path]:
    """The files of a model: all parts of one that is divided."""
    match = re.fullmatch(r"(.*)-00001-of-(\d{5})", file.stem)
    return sorted(file.parent.glob(f"{match[1]}-*-of-{match[2]}.gguf")) if match else [file]


def _on_server(in_use: str) -> Iterator[FoundModel]:
    if not in_use.lower().startswith(("http://", "https://")):
        return
    address = in_use.partition("#")[0].rstrip("/")
    try:
        names = served_models(address)
    except ModelUnavailable:
        return
    for name in names:
        yield FoundModel(f"{address}#{name}", name, "server", address)


def _on_hub() -> Iterator[FoundModel]:
    """The GGUF files and the language models in safetensors that the hub's cache holds."""
    try:
        from huggingface_hub import CacheNotFound, scan_cache_dir
    except ImportError:  # then nothing of it can be opened either
        return
    try:
        repositories = scan_cache_dir().repos
    except (CacheNotFound, OSError, ValueError):
        return
    for repository in sorted(repositories, key=lambda one: one.repo_id):
        if repository.repo_type != "model" or not repository.revisions:
            continue
        newest = max(repository.revisions, key=lambda one: one.last_modified)
        files = {file.file_name: file for file in newest.files}
        for name, file in sorted(files.items()):
            if name.lower().endswith(".gguf") and not _LATER_PART.search(Path(name).stem):
                spec = f"{repository.repo_id}/{name}"
                yield FoundModel(spec, Path(name).stem, "hub", repository.repo_id, file.size_on_disk)
        weights = [file.size_on_disk for name, file in files.items() if name.endswith(".safetensors")]
        if weights and "config.json" in files and _answers(files["config.json"].file_path):
            yield FoundModel(repository.repo_id, repository.repo_id, "hub", repository.repo_id, sum(weights))


def _answers(config: Path) -> bool:
    """Whether a model writes text, other than one that only embeds it."""
    try:
        return "ForCausalLM" in config.read_text(encoding="utf-8")
    except (OSError, ValueError):
        return False


def _short(folder: Path) -> str:
    """A folder as people write it."""
    home = Path.home()
    return f"~/{folder.relative_to(home)}" if folder.is_relative_to(home) and folder != home else str(folder)
