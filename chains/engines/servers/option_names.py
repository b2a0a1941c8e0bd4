"""How each LangChain package names the options of a call, and which of them it accepts.

Tested with langchain-openai 1.7.4, -deepseek 1.1.1, -xai 1.3.0, -together 0.4.0, -groq 1.1.3, -huggingface 1.2.3,
-fireworks 1.7.1, -mistralai 1.1.6, -google-genai 4.4.3 and -ollama 1.1.0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.language_models import BaseChatModel

_OPENAI = {name: name for name in ("temperature", "max_tokens", "seed", "logprobs", "top_logprobs", "top_p")}
_LIMITS = ("max_tokens", "num_predict", "max_output_tokens", "max_new_tokens", "max_completion_tokens")
_OTHERS = {"max_tokens": _LIMITS, "seed": ("seed", "random_seed")}
_FULL_DISTRIBUTION = {"top_p": 1.0, "top_k": 0, "min_p": 0.0}


@dataclass(frozen=True, slots=True)
class _Package:
    """Maps our option names to the package's; other options are left out."""

    names: Mapping[str, str]
    inside: tuple[str, ...] = ()  # names that the package takes inside a dictionary called "options"
    tells_end: bool = True  # its streams always report why a reply ended


_PACKAGES = {
    __name__.partition(".")[0]: _Package(_OPENAI),  # our own engines: "chains", in the wheel "credence_chat"
    "langchain_openai": _Package(_OPENAI),
    "langchain_deepseek": _Package(_OPENAI),
    "langchain_xai": _Package(_OPENAI),
    "langchain_together": _Package(_OPENAI),
    "langchain_groq": _Package(_OPENAI),
    "langchain_huggingface": _Package(_OPENAI, tells_end=False),  # a local pipeline does not report it
    "langchain_fireworks": _Package(_OPENAI | {"top_k": "top_k", "min_p": "min_p"}),
    # These two do not pass on log-probabilities.
    "langchain_mistralai": _Package(
        {"temperature": "temperature", "max_tokens": "max_tokens", "seed": "random_seed", "top_p": "top_p"}
    ),
    "langchain_google_genai": _Package(
        {"temperature": "temperature", "max_tokens": "max_output_tokens", "seed": "seed", "top_p": "top_p"}
    ),
    "langchain_ollama": _Package(
        {**_OPENAI, "max_tokens": "num_predict", "top_k": "top_k", "min_p": "min_p"},
        inside=("temperature", "num_predict", "seed", "top_p", "top_k", "min_p"),
    ),
}


def _package(model: BaseChatModel) -> _Package | None:
    for kind in type(model).__mro__:
        package = _PACKAGES.get(kind.__module__.partition(".")[0])
        if package is not None:
            return package
    return None


def tells_end(model: BaseChatModel) -> bool:
    """Whether a stream of this model always reports why the reply ended, so that no report means it broke off."""
    package = _package(model)
    return package is not None and package.tells_end


def named_options(model: BaseChatModel, options: Mapping[str, Any]) -> dict[str, Any]:
    """Translate the options of a call to the model's names for them; options without such a name are left out.

    A temperature above 0 comes with ``top_p`` 1, and with ``top_k`` 0 and ``min_p`` 0 if the model has them:
    otherwise a server's defaults truncate the distribution (llama.cpp: 40, 0.95, 0.05).
    """
    if options.get("temperature"):
        options = {**_FULL_DISTRIBUTION, **options}
    package = _package(model)
    if package is None:
        return _by_fields(model, options)
    names = dict(package.names)
    names |= {name: name for name in getattr(type(model), "more_options", ())}
    renamed = {names[name]: value for name, value in options.items() if name in names}
    inside = {name: renamed.pop(name) for name in package.inside if name in renamed}
    if inside:  # the dictionary replaces the model's own fields, so they are copied into it
        own = {name: value for name in _ollama_fields(model) if (value := getattr(model, name)) is not None}
        renamed["options"] = {**own, **inside}
    return renamed


def _ollama_fields(model: BaseChatModel) -> list[str]:
    fields = (
        "mirostat", "mirostat_eta", "mirostat_tau", "num_ctx", "num_gpu", "num_thread", "num_predict",
        "repeat_last_n", "repeat_penalty", "temperature", "seed", "tfs_z", "top_k", "top_p", "stop",
    )  # fmt: skip
    return [name for name in fields if name in type(model).model_fields]


def _by_fields(model: BaseChatModel, options: Mapping[str, Any]) -> dict[str, Any]:
    """Options for a model of an unknown package: those that are among its fields."""
    fields = type(model).model_fields
    renamed = {}
    for name, value in options.items():
        field = next((other for other in _OTHERS.get(name, (name,)) if other in fields), None)
        if field is not None:
            renamed[field] = value
    return renamed
