"""Opening any chat model by a short name."""

import re
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains.engines.embedded import embedded_model, embedded_path, is_embedded
from chains.engines.llama.gguf_header import read_gguf_header
from chains.errors import ModelUnavailable
from chains.model_files import file_sha256

_SPECS = (
    "builtin · tiny · path/to/model.gguf · org/repo/file.gguf · org/repo:Q4_K_M · "
    "a folder of safetensors or org/name · http://host:port/v1#model · provider:model · scripted"
)
_HUB_NAME = re.compile(r"[\w.-]+/[\w.-]+")
_HUB_GGUF = re.compile(r"([\w.-]+/[\w.-]+)(?:/(.+\.gguf)|:([\w.-]+))", re.IGNORECASE)
_PROVIDER = re.compile(r"([a-z][a-z0-9_]*):(.+)")


def open_chat_model(spec: str = "builtin", **options: Any) -> BaseChatModel:
    """Open the model named by `spec`, with log-probabilities if its engine provides them.

    `builtin`, `tiny`, a `.gguf` file or hub reference, a folder or hub id of safetensors, a server's
    `http(s)://…/v1#model`, `provider:model`, or `scripted`; the options are passed on to the engine.
    `engine="transformers"` opens a `.gguf` file with transformers, and so does `adapter=FOLDER`, a LoRA adapter to
    merge into the weights. Raises ModelUnavailable with the cause and the next step.
    """
    return _way(spec.strip(), options)()


def check_spec(spec: str, **options: Any) -> None:
    """Raise ModelUnavailable if a spec names no model, as far as that can be told without loading or fetching one."""
    _way(spec.strip(), options)


def _way(spec: str, options: dict[str, Any]) -> Callable[[], BaseChatModel]:
    """How to open the model of a spec; calling it opens the model."""
    engine = options.pop("engine", None)
    if options.get("adapter") is None:
        options.pop("adapter", None)
    else:
        check_adaptable(spec)
    if spec == "scripted":
        return partial(_open_script, options)
    if spec.lower().startswith(("http://", "https://")):
        return partial(_open_server, spec, options)
    path = Path(spec).expanduser()
    if is_embedded(spec):
        return partial(_open_embedded, spec, engine, options)
    if path.is_file():
        read_gguf_header(path)  # reports what is wrong with a file that is not GGUF
        return partial(_open_gguf, path, engine, options)
    if (_HUB_GGUF.fullmatch(spec) or spec.lower().endswith(".gguf")) and not path.exists():
        reference = _hub_reference(spec)
        return lambda: _open_gguf(_from_hub(spec, reference), engine, options)
    if (spec and path.is_dir()) or (_HUB_NAME.fullmatch(spec) and not spec.startswith(".")):
        return partial(_open_transformers, spec if not path.is_dir() else str(path), options)
    if spec.startswith(("/", "./", "../", "~")):
        raise ModelUnavailable(f"There is no model at {spec}. Check the path.")
    if provider := _PROVIDER.fullmatch(spec):
        return partial(_open_provider, provider[1], provider[2], options)
    raise ModelUnavailable(f"{spec!r} is not the name of a model. Known forms: {_SPECS}.")


def check_adaptable(spec: str) -> None:
    """Raise ModelUnavailable if the named model cannot take an adapter."""
    served = spec.lower().startswith(("http://", "https://")) or _PROVIDER.fullmatch(spec)
    if spec == "scripted" or (served and not Path(spec).expanduser().exists()):
        raise ModelUnavailable(
            f"An adapter only works with a model on this machine, but {spec} is not one. Leave the adapter out, "
            "or give the model that it was trained on."
        )


def _open_script(options: dict[str, Any]) -> BaseChatModel:
    from chains.engines.scripted import ScriptedChatModel

    return ScriptedChatModel(**options)


def _open_server(spec: str, options: dict[str, Any]) -> BaseChatModel:
    from chains.engines.servers.openai_server import open_server

    return open_server(spec, **options)


def _open_transformers(place: str, options: dict[str, Any]) -> BaseChatModel:
    from chains.engines.transformers.chat_model import open_transformers

    return open_transformers(place, **options)


def _open_gguf(path: Path, engine: str | None, options: dict[str, Any]) -> BaseChatModel:
    if engine == "transformers" or "adapter" in options:
        return _open_transformers(str(path), options)
    from chains.engines.llama.chat_model import ChatLlama

    read_gguf_header(path)  # before it is read as a whole
    return ChatLlama.open(path, name=path.stem, sha256=file_sha256(path), **options)


def _open_embedded(spec: str, engine: str | None, options: dict[str, Any]) -> BaseChatModel:
    model: BaseChatModel
    if "adapter" in options:  # it fits one model only
        return _open_transformers(embedded_path(spec), options)
    embedded = embedded_model(spec, "transformers" if engine == "transformers" else "llama.cpp")
    if engine == "transformers":
        model = _open_transformers(str(embedded.path), options)
    else:
        from chains.engines.llama.chat_model import ChatLlama

        model = ChatLlama.open(embedded.path, name=embedded.name, sha256=embedded.sha256, **options)
    if embedded.note:
        model.metadata = {**(model.metadata or {}), "credence_note": embedded.note}
    return model


def _hub_reference(spec: str) -> re.Match[str]:
    """The parts of `org/repo/file.gguf` or `org/repo:tag`; raises ModelUnavailable for anything else."""
    reference = _HUB_GGUF.fullmatch(spec)
    if reference is None or spec.startswith((".", "/", "~")):
        raise ModelUnavailable(f"There is no file {spec}. Check the path.")
    return reference


def _from_hub(spec: str, reference: re.Match[str]) -> Path:
    """Download a GGUF file from the Hugging Face hub, or take it from the cache."""
    try:
        from huggingface_hub import hf_hub_download, list_repo_files

        repo, file, tag = reference.groups()
        if file is None:
            file = _choose(
                spec, tag, [name for name in list_repo_files(repo) if name.lower().endswith(".gguf")]
            )
        return Path(hf_hub_download(repo, file))
    except ImportError as error:
        raise ModelUnavailable(
            "Models from the Hugging Face hub need a package. Install it with: pip install huggingface_hub"
        ) from error
    except ModelUnavailable:
        raise
    except Exception as error:  # from three libraries, and different in each version
        raise ModelUnavailable(_hub_failure(spec, error)) from error


def _choose(spec: str, tag: str, files: list[str]) -> str:
    matches = [name for name in files if tag.lower() in Path(name).stem.lower()]
    if len(matches) == 1:
        return matches[0]
    count = len(matches) or "no"
    listed = ", ".join((matches or files)[:8]) or "none"
    raise ModelUnavailable(
        f"{spec} matches {count} GGUF files. Name one as org/repo/file.gguf; available: {listed}."
    )


def _hub_failure(spec: str, error: Exception) -> str:
    kind = type(error).__name__
    if kind == "GatedRepoError":
        return f"{spec} is gated. Accept its terms on the Hugging Face hub, then log in with `hf auth login`."
    if kind in (
        "RepositoryNotFoundError",
        "RemoteEntryNotFoundError",
        "EntryNotFoundError",
        "HFValidationError",
    ):
        return f"There is no {spec} on this machine or on the Hugging Face hub. Check the name."
    return (
        f"{spec} is not on this machine, and the Hugging Face hub cannot be reached. "
        "Check the network, or give the path of a file that you have."
    )


def _open_provider(provider: str, name: str, options: dict[str, Any]) -> BaseChatModel:
    spec = f"{provider}:{name}"
    try:
        from langchain.chat_models import init_chat_model

        model: BaseChatModel = init_chat_model(name, model_provider=provider, **options)
    except ImportError as error:
        package = re.search(r"langchain[-_]?[\w-]*", str(error))
        name = package[0].replace("_", "-") if package else f"langchain-{provider.replace('_', '-')}"
        raise ModelUnavailable(f"{spec} needs a package. Install it with: pip install {name}") from error
    except ValueError as error:
        if "nsupported" in str(error) or "nable to infer" in str(error):
            unknown = f"{spec!r} is not the name of a model: there is no provider {provider}."
            raise ModelUnavailable(f"{unknown} Known forms: {_SPECS}.") from error
        raise ModelUnavailable(_not_opened(spec)) from None  # such an error may quote a key
    except Exception:
        raise ModelUnavailable(_not_opened(spec)) from None
    described = {"model": spec, "engine": provider, "model_sha256": None}
    model.metadata = {**(model.metadata or {}), "credence": described}
    return model


def _not_opened(spec: str) -> str:
    return f"{spec} cannot be opened. Check the options, and the provider's key in the environment."
