"""Finding the parameter that a server rejects in its error.

Servers name the parameter in ``param`` (OpenAI, Azure, Groq), in ``loc`` (Mistral, FastAPI), in JSON inside the
message (OpenRouter, gateways), or only in a sentence (vLLM, xAI, LM Studio, Ollama).
"""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

NESTED = ("extra_body", "options")  # where some integrations put parameters
LIMITS = ("max_tokens", "max_completion_tokens", "max_output_tokens", "max_new_tokens", "num_predict")
LOGPROBS = ("logprobs", "top_logprobs", "response_logprobs")
REMOVABLE = (
    *LOGPROBS, *LIMITS, "temperature", "top_p", "top_k", "min_p", "seed", "random_seed", "stream_options",
    "logit_bias", "frequency_penalty", "presence_penalty", "n",
)  # fmt: skip
_SAYS_NO = re.compile(
    r"support|recogni[sz]|unknown|unexpected|invalid|permitted|forbidden|allow|must|should|greater|less|exceed|"
    r"range|extra|doesn't|does not|cannot|can't|only|remove|not enabled|not available|deprecated|too (?:large|many|high)",
    re.IGNORECASE,
)
_LIMIT = re.compile(
    r"(?:less than or equal to|at most|max(?:imum)?(?: allowed)?(?: value)?(?: is| of)?:?|<=|≤|"
    r"no (?:more|greater|larger) than|(?:must|can) ?not exceed|up to|"
    r"between -?\d+(?:\.\d+)? and|[\[(]\s*-?\d+(?:\.\d+)?\s*,|in range -?\d+ ?(?:-|–|to))"
    r"\s*(\d+(?:\.\d+)?)",
    re.IGNORECASE,
)
_TOO_LONG = re.compile(r"context (?:length|size|window)|maximum context|prompt is too long", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Refusal:
    """A parameter that a server does not accept, and the largest value that it allows, if it says so."""

    name: str
    limit: float | None = None
    text: str = ""


def read_refusal(error: Any, sent: Mapping[str, Any]) -> Refusal | None:
    """The sent parameter that a server rejects in this error; None for any other error."""
    status = _status(error)
    text = " ".join(_texts(_body(error)))
    if status not in (None, 400, 403, 422) or _TOO_LONG.search(text) or not _SAYS_NO.search(text):
        return None
    stated = list(_stated(_body(error)))
    values = flat(sent)
    if any(name in values for name in stated):
        named = [name for name in stated if name in values and name in REMOVABLE]
    else:  # no field names the parameter, or it says only "body"
        named = [name for name in REMOVABLE if name in values and _mentions(text, name)]
    if not named or (status == 403 and named[0] not in LOGPROBS):
        return None
    limit = _LIMIT.search(text)
    return Refusal(_chosen(named, text, limit is not None), float(limit[1]) if limit else None, text)


def _chosen(named: list[str], text: str, limited: bool) -> str:
    """Which of several named parameters to change first."""
    if "top_logprobs" in named and "logprobs" in named:
        return "top_logprobs" if limited else "logprobs"
    if "top_p" in named and "both" in text:
        return "top_p"
    return named[0]


def _status(error: Any) -> int | None:
    for holder in (error, getattr(error, "response", None)):
        for name in ("status_code", "code"):
            value = getattr(holder, name, None)
            if isinstance(value, int):
                return value
    body = _body(error)
    code = body.get("code") if isinstance(body, Mapping) else None
    return code if isinstance(code, int) and 100 <= code < 600 else None


def _body(error: Any) -> Any:
    body = error if isinstance(error, Mapping) else getattr(error, "body", None)
    return str(error) if body is None else body


def _unpacked(value: Any) -> Any:
    """The parsed JSON of a text that contains JSON; any other value unchanged."""
    if isinstance(value, str) and "{" in value:
        for part in (value, value[value.index("{") :]):
            try:
                return json.loads(part)
            except ValueError:
                continue
    return value


def _texts(value: Any) -> Iterator[str]:
    """Every sentence of an error's body, without the parts of the request that it quotes."""
    value = _unpacked(value)
    if isinstance(value, str):
        yield value
    elif isinstance(value, Mapping):
        for key, inner in value.items():
            if key not in ("input", "url", "user_id", "request_id"):
                if key == "le" and isinstance(inner, int | float):  # how pydantic states a limit
                    yield f"<= {inner}"
                yield from _texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _texts(inner)


def _stated(value: Any) -> Iterator[str]:
    """The parameters that the body names in separate fields."""
    value = _unpacked(value)
    if isinstance(value, Mapping):
        param, place = value.get("param"), value.get("loc")
        if isinstance(param, str) and param:
            yield _snake(param.rpartition(".")[2])
        if isinstance(place, list | tuple) and place:
            # ("body", "messages", 0, "content") is about the messages
            yield _snake(str(next((part for part in place if part != "body"), place[-1])))
        for inner in value.values():
            yield from _stated(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from _stated(inner)


def _snake(name: str) -> str:
    return re.sub(r"(?<=[a-z])(?=[A-Z])", "_", name).lower()


def _mentions(text: str, name: str) -> bool:
    if name == "n":  # a single letter counts as a name only in quotation marks
        return re.search(r"['\"`]n['\"`]", text) is not None
    spaced = re.escape(name).replace("_", "[_ -]?")
    if name == "logprobs":
        spaced = r"log[_ -]?prob(?:abilitie)?s"
    return re.search(rf"(?<![A-Za-z_]){spaced}(?![A-Za-z_])", text, re.IGNORECASE) is not None


def flat(sent: Mapping[str, Any]) -> dict[str, Any]:
    """All sent parameters by name, including nested ones."""
    inner = {name: value for key in NESTED for name, value in (sent.get(key) or {}).items()}
    return {**inner, **{name: value for name, value in sent.items() if value is not None}}
