"""Judges of agreement: does another answer support a sentence, contradict it, or say nothing about it?

A judge is called with (question, sentence, sample), the sentence without its marker, and returns 1.0 (agrees),
0.0 (contradicts), 0.5 (neither) or None if it could not tell: conf(s) of Liu & Cohan 2026 (arXiv 2605.28778)
is the mean of these values over the samples.
"""

import math
import re
import threading
from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from langchain_core.language_models import BaseChatModel
from numpy.typing import NDArray

from chains.meaning.embedding import Embeds
from chains.meaning.semantic_clustering import compare
from chains.pipeline.model_calls import Meter, ask_or_missing, sampling
from chains.settings import Settings
from estimators.parsing.label_probs import LABEL_MASS, alternatives, bare, first_content, opening_word
from estimators.sentences import sentence_spans
from estimators.text.content_words import content_words, stem, without_doubt, words
from estimators.text.equivalence_rules import asks_yes_or_no, difference
from estimators.text.non_answers import gives_no_answer
from estimators.text.quantities import quantities
from estimators.types import Answer, Cost, Message
from prompts import load

VALUES: Mapping[str, float] = {"yes": 1.0, "no": 0.0, "unknown": 0.5}
# Of the model judge: below this share of the three labels the verdict is "neither", because small models hardly ever
# say "unknown". Chosen together with the prompt on lines 1, 3, 5, … of agreement_constructed.jsonl.
MAJORITY = 0.5

# Of the embedding judge, chosen on evaluation/validation/labelled/agreement_constructed.jsonl only.
SAME_STATEMENT = 0.8  # cosine of two sentences from which one supports the other
SAME_MATTER = 0.6  # … from which a difference between them is a contradiction
SHORT = 4  # words: two short answers to the question that are not the same exclude each other
ANSWERING = 0.6  # share of the question's words that makes a sentence an answer to it

_COUNTED = re.compile(
    r"\b(?:how (?:many|much|long|far|old|high|tall|deep)|(?:what|which) (?:year|century|date))\b", re.I
)
_REPLY = re.compile(r"\W*(?:yes|no|it is not so)\b", re.I)
_PRONOUN = re.compile(r"\W*(?:it|its|he|his|she|her|they|their|this|that|these|those)\b", re.I)


class Judge(Protocol):
    """Decides whether a sample supports a sentence; see the module."""

    name: str

    @property
    def settings(self) -> Mapping[str, float | str]:
        """What its values depend on; recorded, and a change discards saved verdicts."""
        ...

    @property
    def cost(self) -> Cost:
        """What its calls of a model have cost so far."""
        ...

    def __call__(self, question: str, sentence: str, sample: str) -> float | None: ...


class ModelJudge:
    """The chat model itself, asked for one word; read from the probabilities of its first token.

    A label's probability is summed over the alternatives that begin it ("Y", " yes"). Yes or No counts where it
    holds the majority of the three; otherwise it is neither. Where the three hold less than half of the
    probability together, the word that opens the reply counts, and never a later one.
    Prompt: prompts/agreement.txt, the question first and the sample last.
    """

    name = "model"

    def __init__(self, model: BaseChatModel) -> None:
        self._model = model
        self._meter = Meter()
        self._adding = threading.Lock()

    @property
    def settings(self) -> Mapping[str, float | str]:
        return {"prompt": load("agreement").sha256, "majority": MAJORITY}

    @property
    def cost(self) -> Cost:
        return self._meter.cost()

    def __call__(self, question: str, sentence: str, sample: str) -> float | None:
        text = load("agreement").fill(question=question, sentence=sentence, sample=sample)
        options = sampling(self._model, Settings(temperature=0.0, max_tokens=4))
        meter = Meter()
        reply = ask_or_missing(self._model, (Message("user", text),), options, meter)
        with self._adding:
            self._meter.calls += 1
            self._meter.prompt_tokens = (self._meter.prompt_tokens or 0) + (meter.prompt_tokens or 0)
            self._meter.cached_tokens = (self._meter.cached_tokens or 0) + (meter.cached_tokens or 0)
            self._meter.new_tokens = (self._meter.new_tokens or 0) + (meter.new_tokens or 0)
            self._meter.seconds += meter.seconds
        return read_verdict(reply)


def read_verdict(reply: Answer) -> float | None:
    """The value of a one-word verdict, from its first token's alternatives, else from the word that opens its text.

    >>> read_verdict(Answer("No.")), read_verdict(Answer("I cannot say yes."))
    (0.0, None)
    """
    first = first_content(reply)
    if first is not None:
        mass = {
            label: math.fsum(
                p for text, p in alternatives(first) if bare(text) and label.startswith(bare(text))
            )
            for label in VALUES
        }
        total = math.fsum(mass.values())
        if total >= LABEL_MASS:
            label = max(mass, key=lambda label: mass[label])
            return VALUES[label] if mass[label] >= MAJORITY * total else 0.5
    return VALUES.get(opening_word(reply.text))


class EmbeddingJudge:
    """Sentence embeddings, with separate checks for facts that they confuse (numbers, names, negation).

    The sentence is compared with each sentence of the sample. The sample agrees if one of them says the same. It
    contradicts if both answer the question differently, or are about the same thing and differ in a fact. Anything
    else is neither.
    """

    name = "embedding"

    def __init__(self, embedder: Embeds, label: str = "builtin") -> None:
        self._embedder = _CachedEmbedder(embedder)
        self._label = label

    @property
    def settings(self) -> Mapping[str, float | str]:
        return {
            "model": self._label,
            "same_statement": SAME_STATEMENT,
            "same_matter": SAME_MATTER,
            "short": SHORT,
            "answering": ANSWERING,
        }

    @property
    def cost(self) -> Cost:
        return Cost()

    def __call__(self, question: str, sentence: str, sample: str) -> float | None:
        if not words(sentence):
            return None  # nothing is claimed
        nothing = gives_no_answer(sentence, question), gives_no_answer(sample, question)
        if any(nothing):
            return 1.0 if all(nothing) else 0.5
        pieces = [without_doubt(sample[start:end]).strip() for start, end in sentence_spans(sample)]
        # "No." answers a yes-or-no question, and can be compared with another such answer.
        replies = asks_yes_or_no(question) and (
            _REPLY.match(sentence) or not content_words(sentence, question)
        )
        values = [
            self._sentence_value(question, sentence, piece)
            for piece in pieces
            if content_words(piece) or (replies and _REPLY.match(piece))
        ]
        if 1.0 in values:
            return 1.0
        return 0.0 if 0.0 in values else 0.5

    def _sentence_value(self, question: str, sentence: str, other: str) -> float:
        """The value of one sentence of a sample."""
        if answers(sentence, question) and answers(other, question):
            if compare(sentence, other, question=question, embedder=self._embedder).same:
                return 1.0
            if difference(sentence, other, question):
                return 0.0
            contents = [content_words(text, question) for text in (sentence, other)]
            stems = [{stem(word) for word in content} for content in contents]
            if stems[0] <= stems[1] or stems[1] <= stems[0]:
                return 1.0 if all(stems) or not any(stems) else 0.5
            return 0.0 if min(map(len, contents)) <= SHORT else 0.5
        first, second = self._embedder.embed((sentence, other))
        similarity = float(first @ second)
        new = {stem(word) for word in content_words(sentence, question)}
        differs = difference(sentence, other, question)
        if new and not differs and new <= {stem(word) for word in words(other)}:
            return 1.0
        if differs:
            return 0.0 if similarity >= SAME_MATTER else 0.5
        return 1.0 if similarity >= SAME_STATEMENT else 0.5


def answers(sentence: str, question: str) -> bool:
    """Whether a sentence is about what is asked: it takes up the question's words, or adds little else.

    >>> answers("Lima.", "What is the capital of Peru?"), answers("It was founded by Spaniards in 1535.", "Who rules Peru?")
    (True, False)
    """
    if _COUNTED.search(question) and not quantities(sentence, count_one=True):
        return False
    new = content_words(sentence, question)
    if len(new) <= 2 and (len(new) < 2 or not _PRONOUN.match(sentence) or all(map(_is_name, new))):
        return True
    asked = {stem(word) for word in content_words(question)}
    return len(asked & {stem(word) for word in words(sentence)}) >= ANSWERING * max(1, len(asked))


def _is_name(word: str) -> bool:
    return word[0].isupper() or word[0].isdigit()


class _CachedEmbedder:
    """An embedder that computes the vector of each text only once."""

    def __init__(self, embedder: Embeds) -> None:
        self._embedder = embedder
        self._known: dict[str, NDArray[np.floating]] = {}

    def embed(self, texts: Sequence[str]) -> NDArray[np.floating]:
        new = [text for text in dict.fromkeys(texts) if text not in self._known]
        if new:
            self._known.update(zip(new, self._embedder.embed(new), strict=True))
        return np.stack([self._known[text] for text in texts])
