"""Confidence from the tokens of the answer words: entropy at the first of them, margin and rank over all of them."""

import math
from dataclasses import dataclass
from typing import ClassVar

from estimators.estimator import Estimator
from estimators.missing import Missing, present
from estimators.parsing.options import find_choice
from estimators.signals.key_span import key_span, no_key_span
from estimators.signals.multiple_choice import NO_CHOICE
from estimators.signals.token_probability import answer_tokens, entropy
from estimators.text.answer_form import not_short
from estimators.text.content_words import FUNCTION_WORDS, WORD
from estimators.text.non_answers import gives_no_answer
from estimators.types import Evidence, Token

SHORT = 3  # an answer of at most this many words consists of answer words
NO_ALTERNATIVES = "the server returned no alternative tokens"
SAME_NATS = 1e-6  # log-probabilities this close count as equal


def key_tokens(evidence: Evidence) -> tuple[Token, ...]:
    """The tokens that name the chosen option, or else those of the answer words, in order; at least one.

    An answer of up to three words that only repeats the question ("The Sun.", "Yes.") counts from its first content
    word on. Raises Missing if there are no tokens, no chosen option or no answer words.

    >>> from estimators.types import Answer, Question
    >>> def texts(*words):
    ...     answer = Answer("".join(words), tuple(Token(word, -0.1) for word in words))
    ...     return [token.text for token in key_tokens(Evidence(Question("Is the Sun larger?"), answer))]
    >>> texts("No", ",", " Ri", "gel", " is", "."), texts("The", " Sun", ".")
    ([' Ri', 'gel'], [' Sun'])
    """
    answer, question = evidence.answer, evidence.question.text
    answer_tokens(answer)
    if evidence.options:
        _, span = present(find_choice(answer.text, evidence.options), NO_CHOICE)
    else:
        words = key_span(question, answer.text) or _short_answer(question, answer.text)
        span = present(words, no_key_span(question, answer.text))
    return answer.tokens_in(*span)


def _short_answer(question: str, text: str) -> tuple[int, int] | None:
    words = [match.span() for match in WORD.finditer(text)]
    if not 0 < len(words) <= SHORT or gives_no_answer(text, question) or not_short(question, text):
        return None
    content = [span for span in words if text[slice(*span)].lower() not in FUNCTION_WORDS] or words
    return content[0][0], content[-1][1]


def _with_alternatives(tokens: tuple[Token, ...]) -> tuple[Token, ...]:
    """The tokens; raises Missing unless all of them have alternatives."""
    if not all(token.top for token in tokens):
        raise Missing(NO_ALTERNATIVES)
    return tokens


@dataclass(frozen=True, slots=True)
class FirstTokenEntropy(Estimator):
    """One minus the normalized entropy at the first token of the answer words: 1 − H / ln(k + 1).

    H is in nats, over the k returned alternatives and the remaining mass as one bucket. With options, the
    token is that of the chosen option's letter or text. Range 0 (all equally probable) to 1 (no alternative),
    uncalibrated; no further model call. Reference: Gabriel (2026), arXiv 2605.05166, which renormalizes the top k.

    >>> from estimators.types import Answer, Question
    >>> top = tuple((city, math.log(1 / 2)) for city in (" Rome", " Milan"))  # H = ln 2, k + 1 = 3
    >>> tokens = (Token("It is", math.log(0.3)), Token(" Rome", math.log(1 / 2), top))
    >>> evidence = Evidence(Question("Which city?"), Answer("It is Rome", tokens))
    >>> round(FirstTokenEntropy()(evidence).confidence, 4)  # 1 − ln 2 / ln 3
    0.3691
    """

    name: ClassVar[str] = "first_token_entropy"
    title: ClassVar[str] = "Entropy at the first answer word"
    plain: ClassVar[str] = "How clear its first answer word was"
    meaning: ClassVar[str] = (
        "How clear the choice of the first word that answers the question was: 100 % means that only one seemed "
        "possible."
    )
    side: ClassVar[str] = "token"
    needs: ClassVar[tuple[str, ...]] = ("tokens",)

    def read(self, evidence: Evidence) -> float:
        (first,) = _with_alternatives(key_tokens(evidence)[:1])
        return min(1.0, max(0.0, 1.0 - entropy(first) / math.log(len(first.top) + 1)))


@dataclass(frozen=True, slots=True)
class KeyMargin(Estimator):
    """The smallest lead of a token of the answer words over its best alternative: min(p − max of the others).

    A token that is less probable than an alternative, because it was sampled or supplied, has margin 0; where no other
    token was returned, the remaining mass takes its place. Range 0 to 1, uncalibrated; no further model call.
    Reference: none for answer words; the margin of the two most probable classes is from
    Scheffer, Decomain & Wrobel (2001).

    >>> from estimators.types import Answer, Question
    >>> top = ((" Rome", math.log(0.6)), (" Milan", math.log(0.25)))
    >>> evidence = Evidence(Question("Which city?"), Answer(" Rome", (Token(" Rome", math.log(0.6), top),)))
    >>> round(KeyMargin()(evidence).confidence, 4)  # .6 − .25
    0.35
    """

    name: ClassVar[str] = "key_margin"
    title: ClassVar[str] = "Margin of the answer words"
    plain: ClassVar[str] = "Lead over the next best word"
    meaning: ClassVar[str] = (
        "In its closest choice between two words of the answer, how far ahead the chosen word was."
    )
    side: ClassVar[str] = "token"
    needs: ClassVar[tuple[str, ...]] = ("tokens",)

    def read(self, evidence: Evidence) -> float:
        return min(1.0, max(0.0, min(map(margin, _with_alternatives(key_tokens(evidence))))))


def margin(token: Token) -> float:
    """A token's probability minus that of the most probable other token, from −1 to 1.

    >>> round(margin(Token("a", math.log(0.2), (("b", math.log(0.5)), ("a", math.log(0.2))))), 4)
    -0.3
    """
    probability = math.exp(token.logprob)
    others = [math.exp(logprob) for text, logprob in token.top if text != token.text]
    return probability - max(others, default=1.0 - probability)


@dataclass(frozen=True, slots=True)
class KeyRank(Estimator):
    """The reciprocal of the worst rank of a token of the answer words: 1 / max(1 + number of more probable tokens).

    A token outside the k returned alternatives counts as rank k + 1, the best that it can have. Every greedy answer
    has 1; only given texts, sampled answers and branches differ. Range 0 to 1, uncalibrated; no further model
    call. Reference: none; the ranks of GLTR (Gehrmann, Strobelt & Rush 2019), arXiv 1906.04043, as a confidence.

    >>> from estimators.types import Answer, Question
    >>> top = ((" Rome", math.log(0.6)), (" Milan", math.log(0.25)))
    >>> evidence = Evidence(Question("Which city?"), Answer(" Milan", (Token(" Milan", math.log(0.25), top),)))
    >>> KeyRank()(evidence).confidence  # the second most probable token
    0.5
    """

    name: ClassVar[str] = "key_rank"
    title: ClassVar[str] = "Rank of the answer words"
    plain: ClassVar[str] = "Rank of the words that answer"
    meaning: ClassVar[str] = (
        "Whether the words that answer were its first choice: 100 % if all were, 50 % if the worst was its second "
        "choice."
    )
    side: ClassVar[str] = "token"
    needs: ClassVar[tuple[str, ...]] = ("tokens",)

    def read(self, evidence: Evidence) -> float:
        return 1.0 / max(map(rank, _with_alternatives(key_tokens(evidence))))


def rank(token: Token) -> int:
    """The place of a token among its returned alternatives by probability, from 1.

    >>> rank(Token("a", math.log(0.2), (("b", math.log(0.5)), ("a", math.log(0.2)))))
    2
    """
    return 1 + sum(logprob > token.logprob + SAME_NATS for text, logprob in token.top if text != token.text)
