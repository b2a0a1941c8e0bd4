"""Sample logs of lm-evaluation-harness (``--log_samples``): a JSON object for each sample."""

from collections.abc import Mapping, Sequence
from typing import Any

from evaluation.saved_answers.saved_answer import BadRow, SavedAnswer, answer_of, option_share

_GRADES = ("acc", "exact_match", "em", "acc_norm")
SHARE = "share of the chosen option among the likelihoods of all options"


def is_harness_sample(row: Mapping[str, Any]) -> bool:
    """Whether a row is a sample of the harness."""
    return "doc_id" in row and ("resps" in row or "filtered_resps" in row)


def read_harness_sample(row: Mapping[str, Any], number: int) -> SavedAnswer:
    """A sample: the likeliest option with its share, or the generated text, which has no log-probabilities.

    Raises BadRow for a response in another form.
    """
    replies = row.get("filtered_resps") or row.get("resps")
    if not isinstance(replies, Sequence) or not replies or isinstance(replies, str):
        raise BadRow("filtered_resps: this is not a list of responses")
    name, question, correct = str(row.get("doc_id", number)), _context(row), _correct(row)
    values = [_loglikelihood(reply) for reply in replies]
    likelihoods = [value for value in values if value is not None]
    if len(likelihoods) == len(replies) > 1:
        chosen = likelihoods.index(max(likelihoods))
        choices = _choices(row, len(likelihoods))
        share = option_share(likelihoods, chosen)
        return SavedAnswer(name, question, answer_of(choices[chosen]), choices, correct, share, SHARE)
    return SavedAnswer(name, question, answer_of(_text(replies[0])), correct=correct)


def _loglikelihood(reply: Any) -> float | None:
    """The log-likelihood in a pair (log-likelihood, greedy), whose values may be written as texts."""
    while isinstance(reply, Sequence) and not isinstance(reply, str) and len(reply) == 1:
        reply = reply[0]
    if not isinstance(reply, Sequence) or isinstance(reply, str) or len(reply) != 2:
        return None
    try:
        return float(reply[0])
    except (TypeError, ValueError):
        return None


def _text(reply: Any) -> str:
    while isinstance(reply, Sequence) and not isinstance(reply, str) and reply:
        reply = reply[0]
    return str(reply)


def _arguments(row: Mapping[str, Any]) -> list[list[Any]]:
    """The arguments of each request, which newer versions write as an object of objects."""
    arguments = row.get("arguments")
    if isinstance(arguments, Mapping):
        arguments = [
            list(value.values()) if isinstance(value, Mapping) else value for value in arguments.values()
        ]
    if not isinstance(arguments, Sequence) or isinstance(arguments, str):
        return []
    return [list(value) for value in arguments if isinstance(value, Sequence) and not isinstance(value, str)]


def _context(row: Mapping[str, Any]) -> str:
    doc = row.get("doc")
    named = doc.get("question") if isinstance(doc, Mapping) else None
    if isinstance(named, str) and named:
        return named
    arguments = _arguments(row)
    return str(arguments[0][0]) if arguments and arguments[0] else ""


def _choices(row: Mapping[str, Any], count: int) -> tuple[str, ...]:
    texts = [str(arguments[1]).strip() for arguments in _arguments(row) if len(arguments) > 1]
    return (
        tuple(texts) if len(texts) == count else tuple(f"option {number}" for number in range(1, count + 1))
    )


def _correct(row: Mapping[str, Any]) -> bool | None:
    grades = [row[name] for name in _GRADES if isinstance(row.get(name), int | float)]
    return bool(grades[0] >= 1) if grades else None
