"""Sentence embeddings: vectors that are close together if the texts mean nearly the same."""

import contextlib
import logging
import os
import threading
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from chains.errors import ModelUnavailable
from chains.model_files import embedding_model_folder

Vectors = NDArray[np.float32]

INSTALL = 'Install it with: pip install "credence-chat[embeddings]"'
_LOADING = threading.Lock()


class Embeds(Protocol):
    """Turns texts into unit vectors, shape (n, d): an ``Embedder`` or a stand-in for one."""

    def embed(self, texts: Sequence[str]) -> NDArray[np.floating]: ...


class Embedder:
    """A sentence-embedding model on the CPU: "builtin" (on numpy), or a folder or hub id (on sentence-transformers).

    Raises ModelUnavailable, with the cause and the next step, if the model cannot be loaded.
    """

    def __init__(self, model: str = "builtin") -> None:
        self.name = model
        self._encoding = threading.Lock()  # the tokenizer is not thread-safe
        self._model = _load(model)

    def embed(self, texts: Sequence[str]) -> Vectors:
        """A unit vector for each text: shape (n, d)."""
        with self._encoding:
            return self._model.encode(texts)


def open_embedder(model: str = "builtin") -> Embedder:
    """The embedder of that name, loaded once per process."""
    with _LOADING:
        return _opened(model)


@cache
def _opened(model: str) -> Embedder:
    return Embedder(model)


class _Encodes(Protocol):
    def encode(self, texts: Sequence[str]) -> Vectors: ...


class _SentenceTransformer:
    """A model on the package of that name."""

    def __init__(self, source: str) -> None:
        os.environ.setdefault("HF_HUB_DISABLE_TELEMETRY", "1")  # read when huggingface_hub is imported
        from sentence_transformers import SentenceTransformer

        with _quiet():
            local = Path(source).is_dir()
            self._model: Any = SentenceTransformer(source, device="cpu", local_files_only=local)

    def encode(self, texts: Sequence[str]) -> Vectors:
        if not texts:
            return np.zeros((0, self._model.get_embedding_dimension()), np.float32)
        vectors = self._model.encode(
            list(texts), normalize_embeddings=True, show_progress_bar=False, convert_to_numpy=True
        )
        return np.asarray(vectors, np.float32)


def _load(model: str) -> _Encodes:
    if model == "builtin":
        return _built_in()
    source = _source(model)
    try:
        return _SentenceTransformer(source)
    except ImportError as error:
        raise ModelUnavailable(
            f'The embedding model {model} needs sentence-transformers ({error}). {INSTALL}, or use "builtin".'
        ) from error
    except (OSError, ValueError, RuntimeError, KeyError, TypeError) as error:
        raise ModelUnavailable(
            f"The embedding model {model} cannot be loaded ({_cause(error)}). Check its name and the network, "
            'give the folder of a saved sentence-transformers model, or use "builtin".'
        ) from error


def _built_in() -> _Encodes:
    from chains.meaning.minilm import MiniLM

    folder = embedding_model_folder()
    try:
        return MiniLM(folder)
    except Exception as error:  # tokenizers raises no narrower one
        raise ModelUnavailable(
            f"The built-in embedding model cannot be read ({_cause(error)}). Delete {folder}; it is then fetched again."
        ) from error


def _cause(error: Exception) -> str:
    return next(iter(str(error).splitlines()), type(error).__name__)


def _source(model: str) -> str:
    path = Path(model).expanduser()
    if model.strip() and path.is_dir():
        if not (path / "modules.json").is_file():
            raise ModelUnavailable(
                f"The folder {model} has no modules.json, so it is not a sentence-transformers model. "
                'Give the folder of a saved model, or use "builtin".'
            )
        return str(path)
    if not model.strip() or model.startswith(("/", "~", ".")) or model.count("/") > 1:
        raise ModelUnavailable(f'There is no folder {model!r}. Check the path, or use "builtin".')
    return model


@contextlib.contextmanager
def _quiet() -> Iterator[None]:
    """No progress bars and no log messages while a model loads."""
    from transformers.utils import logging as library_logging

    transformers_logging: Any = library_logging

    loggers = [
        logging.getLogger(name) for name in ("sentence_transformers", "transformers", "huggingface_hub")
    ]
    levels = [logger.level for logger in loggers]
    bars = transformers_logging.is_progress_bar_enabled()
    transformers_logging.disable_progress_bar()
    for logger in loggers:
        logger.setLevel(logging.ERROR)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
        if bars:
            transformers_logging.enable_progress_bar()
