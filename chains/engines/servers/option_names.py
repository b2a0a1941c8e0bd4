"""What each LangChain package calls the options of a call, and which of them it takes.

Tried with langchain-openai 1.7.4, -deepseek 1.1.1, -xai 1.3.0, -together 0.4.0, -groq 1.1.3, -huggingface 1.2.3,
-fireworks 1.7.1, -mistralai 1.1.6, -google-genai 4.4.3 and -ollama 1.1.0.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from langchain_core.language_models import BaseChatModel

_OPENAI = {name: name for name in ("temperature", "max_tokens", "seed", "logprobs", "top_logprobs", "top_p")}
_LIMITS = ("max_tokens", "num_predict", "max_output_tokens", "max_new_tokens", "max_completion_tokens")
_OTHERS = {"max_tokens": _LIMITS, "seed": ("seed", "random_seed")}
_OWN_CUTS = {"top_p": 1.0, "top_k": 0, "min_p": 0.0}


@dataclass(frozen=True, slots=True)
class _Package:
    """Our name of each option → the package's; what is not in it is left out."""

    names: Mapping[str, str]
    inside: tuple[str, ...] = ()  # of the package's names: those that it takes in a table called "options"
    tells_end: bool = True  # its streams always say why a reply ended


_PACKAGES = {
    "chains": _Package(_OPENAI),  # our own engines
    "langchain_openai": _Package(_OPENAI),
    "langchain_deepseek": _Package(_OPENAI),
    "langchain_xai": _Package(_OPENAI),
    "langchain_together": _Package(_OPENAI),
    "langchain_groq": _Package(_OPENAI),
    "langchain_huggingface": _Package(_OPENAI, tells_end=False),  # a pipeline on this machine says nothing
    "langchain_fireworks": _Package(_OPENAI | {"top_k": "top_k", "min_p": "min_p"}),
    # These two do not hand over log-probabilities, and Mistral's server refuses the wish for them.
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
    """Whether a stream of this model always says why the reply ended, so that silence means it broke off."""
    package = _package(model)
    return package is not None and package.tells_end


def named_options(model: BaseChatModel, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """Options of a call by the names that the model has for them; left out are those that it has none for.

    A temperature above 0 goes with ``top_p`` 1, and with ``top_k`` 0 and ``min_p`` 0 where they are understood:
    otherwise a server cuts the distribution that is sampled by defaults of its own (llama.cpp: 40, 0.95, 0.05).
    """
    if wanted.get("temperature"):
        wanted = {**_OWN_CUTS, **wanted}
    package = _package(model)
    if package is None:
        return _by_fields(model, wanted)
    names = dict(package.names)
    names |= {name: name for name in getattr(type(model), "more_options", ())}
    options = {names[name]: value for name, value in wanted.items() if name in names}
    inside = {name: options.pop(name) for name in package.inside if name in options}
    if inside:  # the table takes the place of the model's own fields, so these go with it
        own = {name: value for name in _ollama_fields(model) if (value := getattr(model, name)) is not None}
        options["options"] = {**own, **inside}
    return options


def _ollama_fields(model: BaseChatModel) -> list[str]:
    fields = (
        "mirostat", "mirostat_eta", "mirostat_tau", "num_ctx", "num_gpu", "num_thread", "num_predict",
        "repeat_last_n", "repeat_penalty", "temperature", "seed", "tfs_z", "top_k", "top_p", "stop",
    )  # fmt: skip
    return [name for name in fields if name in type(model).model_fields]


def _by_fields(model: BaseChatModel, wanted: Mapping[str, Any]) -> dict[str, Any]:
    """The options of a model of an unknown package: those that are among its fields."""
    fields = type(model).model_fields
    options = {}
    for name, value in wanted.items():
        known = [other for other in _OTHERS.get(name, (name,)) if other in fields]
        if known:
            options[known[0]] = value
    return options
