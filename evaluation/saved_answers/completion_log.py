"""Saved responses of OpenAI's API, or of servers that speak it (vLLM, llama.cpp), also as lines of a batch's output."""

from collections.abc import Mapping
from typing import Any

from evaluation.saved_answers.saved_answer import BadRow, SavedAnswer, answer_of, last_question, text_of


def is_completion(row: Mapping[str, Any]) -> bool:
    """Whether a row holds a response with choices."""
    return isinstance(_response(row).get("choices"), list)


def read_completion(row: Mapping[str, Any], number: int) -> SavedAnswer:
    """The first choice of a response; the question, if the row has the request's messages too. Raises BadRow."""
    response = _response(row)
    if not response["choices"]:
        raise BadRow("choices: the response has none")
    choice = response["choices"][0]
    if not isinstance(choice, Mapping):
        raise BadRow("choices: this is not a response of a model")
    message = choice.get("message")
    text = text_of(message.get("content")) if isinstance(message, Mapping) else str(choice.get("text") or "")
    name = row.get("custom_id") or row.get("id") or response.get("id") or number
    answer = answer_of(text, choice.get("logprobs"), choice.get("finish_reason"))
    return SavedAnswer(str(name), _question(row), answer, model=str(response.get("model") or ""))


def _response(row: Mapping[str, Any]) -> Mapping[str, Any]:
    """The response in a row: the row itself, its `response`, or the body of a batch's response."""
    for inner in (row.get("response"), row.get("completion"), row):
        if isinstance(inner, Mapping):
            body = inner.get("body")
            return body if isinstance(body, Mapping) else inner
    return {}


def _question(row: Mapping[str, Any]) -> str:
    request = row.get("request")
    holders = [request, request.get("body") if isinstance(request, Mapping) else None, row]
    for holder in holders:
        if isinstance(holder, Mapping):
            asked = last_question(holder.get("messages")) or holder.get("prompt") or holder.get("question")
            if isinstance(asked, str) and asked:
                return asked
    return ""
