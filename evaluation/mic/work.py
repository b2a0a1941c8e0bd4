"""The work file of a MIC measurement: sampled replies and judged sentences, one JSON line each, so that it resumes."""

import hashlib
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from langchain_core.language_models import BaseChatModel

from chains.engines.embedded import spec_of
from chains.errors import ReplyNotWhole
from chains.finish import INCOMPLETE
from chains.pipeline.model_calls import Meter, ask_whole, sampling
from chains.pipeline.probing.probes import answer_messages
from chains.progress import Progress
from chains.settings import Settings
from estimators.markers.stripping import sentence_markers, strip_markers
from estimators.text.content_words import COURTESIES, words
from estimators.text.equivalence_rules import asks_yes_or_no
from estimators.text.non_answers import gives_no_answer
from estimators.types import Message, Question
from evaluation.grading.agreement_judges import Judge
from evaluation.questions.reader import AskedQuestion
from files.append_only import GrowingFile, open_to_append
from files.errors import BadFile
from files.json_lines import first_object, numbered_objects
from files.resumable import keep_each

MAX_TOKENS = 120
_BARE_DENIALS = (
    ("no",),
    ("it", "is", "not", "so"),
    ("no", "it", "is", "not", "so"),
)  # they do not say what they deny
_COUNTED = ("prompt_tokens", "cached_tokens", "new_tokens")


@dataclass(slots=True)
class Work:
    """The work done so far, and the file to which more is appended."""

    path: Path
    header: Mapping[str, Any]  # what the replies depend on; another header needs another work file
    replies: dict[tuple[str, int], dict[str, Any]] = field(default_factory=dict)  # (question, seed) → row
    judged: dict[str, dict[str, Any]] = field(default_factory=dict)  # key of a judged answer → row

    def add(self, file: GrowingFile, row: dict[str, Any]) -> None:
        """Keep a row and write it to disk at once."""
        self.keep(row)
        file.add(row)

    def keep(self, row: dict[str, Any]) -> None:
        """Keep a row that was read from the file."""
        if "judged" in row:
            self.judged[row["key"]] = row
        elif "text" in row:
            self.replies.setdefault((row["question"], row["seed"]), row)


def open_work(path: Path, header: Mapping[str, Any]) -> Work:
    """The work file without a last line that was cut off; created if there is none.

    Raises BadFile if it belongs to another model or prompt, or a line in it is broken.
    """
    with open_to_append(path) as file:
        if file.is_empty:
            file.add({"work": dict(header)})
    work = Work(path, header)
    for number, row in numbered_objects(path):
        if number == 1:
            begun = row.get("work")
            if begun != dict(header):
                raise BadFile(_started_otherwise(path, begun, header))
            continue
        try:
            work.keep(row)
        except KeyError as error:
            raise BadFile(f"{path}, line {number}: {error} is missing: remove the line.") from None
    return work


def _started_otherwise(path: Path, begun: object, header: Mapping[str, Any]) -> str:
    if not isinstance(begun, dict) or begun.get("model_sha256") == header["model_sha256"]:
        return f"{path} was started with another model, prompt or temperature: remove it, or choose another --out."
    spec = spec_of(begun.get("model_sha256"))
    again = f" (--model {spec})" if spec else ""
    return (
        f"{path} was started with another model: it holds replies from {begun.get('model')}, but {header['model']} is open "
        f"now. Choose another --out, or open the model of these replies{again}."
    )


def saved_work(path: Path) -> Work:
    """The work file of an earlier measurement, whatever its settings.

    Raises BadFile if there is none, or if it is not a work file.
    """
    if not path.exists():
        raise BadFile(f"There is no file {path}: nothing was sampled for this --out, so leave out --rejudge.")
    header = first_object(path).get("work")
    if not isinstance(header, dict):
        raise BadFile(f"{path} is not the work file of a marker measurement.")
    return open_work(path, header)


def take_replies(work: Work, path: Path, model: str) -> int:
    """Add replies sampled by ``python -m evaluation replies --style hedged``; returns how many were new."""
    taken = 0
    with open_to_append(work.path) as file:
        for number, row in numbered_objects(path):
            try:
                fits = row["style"] == "hedged" and row["model"] == model
                kept = {"question": row["question"], "seed": int(row["seed"]), "text": str(row["text"])}
            except (KeyError, ValueError) as error:
                raise BadFile(f"{path}, line {number}: not a sampled reply ({error}).") from None
            if not fits:
                raise BadFile(f"{path}, line {number}: not a hedged reply of {model}.")
            if (kept["question"], kept["seed"]) not in work.replies:
                work.add(file, kept)
                taken += 1
    return taken


def sample(
    work: Work, model: BaseChatModel, questions: Sequence[AskedQuestion], seeds: Sequence[int],
    temperature: float, concurrency: int,
) -> None:  # fmt: skip
    """Ask for every reply that is still missing.

    The replies of a question are asked for one after the other, so that all but the first find its prompt in the
    engine's cache; ``concurrency`` questions are asked at once.
    """
    settings = Settings(temperature=temperature, max_tokens=MAX_TOKENS)
    missing = {
        question.text: [seed for seed in seeds if (question.text, seed) not in work.replies]
        for question in questions
    }

    def replies(text: str) -> Iterator[dict[str, Any]]:
        asked = answer_messages(Question(text), "hedged")
        for seed in missing[text]:
            meter = Meter()
            kept: dict[str, Any] = {"question": text, "seed": seed}
            options = sampling(model, settings, seed=seed)
            try:
                kept["text"] = _asked_twice_if_broken_off(model, asked, options, meter)
            except ReplyNotWhole as error:
                kept |= {"text": "", "ended": error.finish}
            yield kept | {name: getattr(meter, name) for name in _COUNTED}

    rest, total = sum(map(len, missing.values())), len(missing) * len(seeds)
    with Progress("sampling", "replies", total, done=total - rest) as progress:
        _run(work, replies, list(missing), concurrency, progress)


def _asked_twice_if_broken_off(
    model: BaseChatModel, messages: Sequence[Message], options: Mapping[str, Any], meter: Meter
) -> str:
    """The reply, asked for again if it broke off: a lost connection passes, a filter or an invalid character does not."""
    try:
        return ask_whole(model, messages, options, meter).text
    except ReplyNotWhole as error:
        if error.finish != INCOMPLETE:
            raise
        return ask_whole(model, messages, options, meter).text


@dataclass(frozen=True, slots=True)
class Judging:
    """One answer to judge against samples."""

    question: str
    seed: int
    others: tuple[int, ...]
    judge: Judge

    @property
    def key(self) -> str:
        """What the verdicts depend on."""
        settings = json.dumps([self.judge.name, dict(self.judge.settings)], sort_keys=True)
        return json.dumps([self.question, self.seed, self.others, settings], ensure_ascii=False)


def planned(question: str, seeds: Sequence[int], answers: int, samples: int, judge: Judge) -> list[Judging]:
    """The first answers to a question, each with the replies after it, wrapping around.

    >>> [one.others for one in planned("?", (1, 2, 3), 2, 2, None)]
    [(2, 3), (3, 1)]
    """
    circle = [*seeds, *seeds]
    return [
        Judging(question, seeds[place], tuple(circle[place + 1 : place + 1 + samples]), judge)
        for place in range(answers)
    ]


def judge_all(work: Work, plan: Sequence[Judging], concurrency: int, again: bool = False) -> None:
    """Judge every planned answer without a verdict, sentence by sentence; with ``again`` all of them.

    If markers are now stripped differently from a text, its old verdicts do not count and it is judged again.
    """

    shown_of = Shown(work)

    def judged(judging: Judging) -> Iterator[dict[str, Any]]:
        sentences, samples = shown_of(judging)
        rows: list[dict[str, Any]] = []
        for marker, sentence in sentences:
            row: dict[str, Any] = {"marker": marker, "sentence": sentence}
            if claims_nothing(sentence, judging.question):
                row["claims_nothing"] = True
            else:
                row["values"] = [judging.judge(judging.question, sentence, sample) for sample in samples]
            rows.append(row)
        yield {"key": judging.key, "shown": shown_of.digest(judging), "judged": rows}

    rest = [judging for judging in plan if again or not _is_judged(work, judging, shown_of)]
    with Progress("judging", "answers", len(plan), done=len(plan) - len(rest)) as progress:
        _run(work, judged, rest, concurrency, progress)


class Shown:
    """What a judge sees of an answer: its sentences and the samples, without their markers; each text is processed once."""

    def __init__(self, work: Work) -> None:
        self._replies = work.replies
        self._bare = cache(strip_markers)
        self._sentences = cache(self._read)

    def __call__(self, judging: Judging) -> tuple[tuple[tuple[str, str], ...], tuple[str, ...]]:
        """Marker and bare sentence of every sentence, and the bare samples."""
        others = [self._replies[judging.question, seed] for seed in judging.others]
        samples = tuple(self._bare(other["text"]) for other in others if "ended" not in other)
        return self._sentences(self._replies[judging.question, judging.seed]["text"]), samples

    def digest(self, judging: Judging) -> str:
        """The checksum of the texts: verdicts are valid only while it stays the same."""
        return hashlib.sha256(json.dumps(self(judging), ensure_ascii=False).encode()).hexdigest()[:16]

    def _read(self, text: str) -> tuple[tuple[str, str], ...]:
        return tuple(
            (marker, strip_markers(text[start:end]).strip())
            for (start, end), marker in sentence_markers(text)
        )


def _is_judged(work: Work, judging: Judging, shown_of: Shown) -> bool:
    """Whether the answer already has verdicts on the same texts that the judge would see now."""
    row = work.judged.get(judging.key)
    return row is not None and row.get("shown") == shown_of.digest(judging)


def claims_nothing(sentence: str, question: str) -> bool:
    """Whether a stripped sentence makes no claim to agree with, such as "Certainly." or "I'm not sure."

    A bare yes or no makes a claim only if the question asks for it.

    >>> claims_nothing("Certainly.", "Who?"), claims_nothing("Newton", "Who?")
    (True, False)
    >>> claims_nothing("No.", "Who?"), claims_nothing("No.", "Is it Newton?")
    (True, False)
    """
    lowered = [word.lower() for word in words(sentence)]
    bare = tuple(word for word in lowered if word not in COURTESIES)
    if asks_yes_or_no(question) and (bare in _BARE_DENIALS or "yes" in lowered):
        return False
    return not bare or bare in _BARE_DENIALS or gives_no_answer(sentence, question)


def _run(
    work: Work, do: Callable[[Any], Iterator[dict[str, Any]]], rest: Sequence[Any], concurrency: int,
    progress: Progress,
) -> None:  # fmt: skip
    """Keep every row that ``do`` yields for each of the rest, as it comes."""
    with open_to_append(work.path) as file:

        def keep(row: dict[str, Any]) -> None:
            work.add(file, row)
            progress.advance()

        for _ in keep_each(rest, do, keep, concurrency):
            pass
