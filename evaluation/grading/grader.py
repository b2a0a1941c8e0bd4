"""Whether an answer is right: by the option it chooses, by accepted short answers, or by a judge if there is one."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from estimators.missing import check_value_or_reason
from estimators.parsing.options import find_choice
from estimators.sentences import sentence_spans
from estimators.text.content_words import COURTESIES
from estimators.text.lone_words import GRAMMAR, meant_as_itself, stands_alone
from estimators.text.quantities import quantities

Judge = Callable[[], bool | None]  # of this answer: right, wrong, or no verdict

_WORD = re.compile(r"-?\d+(?:[.,]\d+)*%?|[^\W\d_]+(?:[+-]+(?!\w))?|\w+")  # "O-" keeps its sign
_ARTICLES = {"a", "an", "the"}
_DENIALS = {"not", "never", "isn", "wasn", "aren", "weren", "nor", "neither", "than", "unlike"}
_REACH = 3  # words before an accepted answer among which a denial belongs to it
_SYMBOL = 2  # letters up to which an accepted answer is a symbol, whose capitals count: "K", "Fe"


@dataclass(frozen=True, slots=True)
class Graded:
    """Whether an answer is right, and by which rule; None with the reason if that is not known."""

    correct: bool | None
    by: str = ""  # option · exact · alias · contained · no match · judge
    reason: str = ""  # exactly where correct is None

    def __post_init__(self) -> None:
        check_value_or_reason("grade", self.correct, self.reason)


def grade_choice(text: str, choices: Sequence[str], answer: int) -> Graded:
    """Right if the option that the text chooses is the one at index ``answer``.

    >>> grade_choice("B. It has wings.", ["dog", "bee"], 1)
    Graded(correct=True, by='option', reason='')
    """
    chosen = find_choice(text, choices)
    if chosen is None:
        return Graded(None, reason="the answer chooses none of the options")
    return Graded(chosen[0] == answer, "option")


def grade_short(text: str, answers: Sequence[str], judge: Judge | None = None) -> Graded:
    """Right if the text is an accepted answer or has one in its first sentence, ignoring case, accents and articles.

    ``exact``: the text is the first accepted answer; ``alias``: another one; ``contained``: one is in its first
    sentence (after "Certainly." and the like), in whole words or as the same number, and not denied. If only a later
    sentence has it, or none has, the judge decides. Without a judge, the former is not graded and the latter is wrong.

    >>> grade_short("The Danube.", ["Danube"]).by, grade_short("It has four chambers.", ["4"]).by
    ('exact', 'contained')
    >>> grade_short("It is Sydney, not Canberra.", ["Canberra"])
    Graded(correct=False, by='no match', reason='')
    """
    text_words = normalised(text)
    if not text_words:
        return Graded(None, reason="the answer is empty")
    accepted = [words for answer in answers if (words := normalised(answer))]
    if not accepted:
        return Graded(None, reason="no accepted answer contains a word or a number")
    if text_words in accepted and _capitals_agree(text, answers, text_words):
        return Graded(True, "exact" if text_words == accepted[0] else "alias")
    sentences = [text[slice(*span)] for span in sentence_spans(text)] or [text]
    while len(sentences) > 1 and set(normalised(sentences[0])) <= COURTESIES:
        sentences = sentences[1:]
    holding = [
        place
        for place, sentence in enumerate(sentences)
        if any(_contains_answer(sentence, answer) for answer in answers)
    ]
    if holding and holding[0] == 0:
        return Graded(True, "contained")
    if judge is not None:
        verdict = judge()
        return Graded(verdict, "judge", "" if verdict is not None else "the judge gave no verdict")
    if holding:
        return Graded(None, reason="only a later sentence contains an accepted answer")
    return Graded(False, "no match")


def normalised(text: str) -> tuple[str, ...]:
    """The words of a text without case, accents, punctuation and articles; a text of articles alone keeps them.

    A text without a word gives ``()``, which matches no answer.

    >>> normalised("The São Paulo Museum!"), normalised("A"), normalised("…")
    (('sao', 'paulo', 'museum'), ('a',), ())
    """
    plain = _plain(text)
    matches = list(_WORD.finditer(plain))
    kept = [word for word in matches if not _is_article(plain, word)] or matches
    return tuple(word.group().casefold() for word in kept)


def _is_article(plain: str, word: re.Match[str]) -> bool:
    """Whether a word is an article, which the "A" of "vitamin A" is not."""
    article = word.group().lower()
    if article == "a":
        return not meant_as_itself(plain, *word.span())
    return article in _ARTICLES and not (word.start() and stands_alone(plain, word.end()))


def _words(text: str) -> list[str]:
    return [match.group() for match in _WORD.finditer(_plain(text))]


def _plain(text: str) -> str:
    apart = unicodedata.normalize("NFKD", text)
    return "".join(letter for letter in apart if not unicodedata.combining(letter))


def _is_symbol(words: Sequence[str]) -> bool:
    """Whether an answer is one short word whose capitals count: "K", "Fe", "O-", "A", but not "no"."""
    return (
        len(words) == 1
        and len(words[0].strip("+-")) <= _SYMBOL
        and not words[0].islower()
        and not words[0].isdigit()
    )


def _capitals_agree(text: str, answers: Sequence[str], text_words: tuple[str, ...]) -> bool:
    """Whether a one-symbol text has the capitals of an accepted answer; all lower case is allowed."""
    written = "".join(_words(text))
    if (
        len(text_words) > 1
        or len(text_words[0]) > _SYMBOL
        or not text_words[0].isalpha()
        or written.islower()
    ):
        return True
    accepted = ["".join(_words(answer)) for answer in answers]
    return any(written == answer or (written.lower() == answer) for answer in accepted)


def _contains_answer(sentence: str, answer: str) -> bool:
    """Whether a sentence has an accepted answer in whole words, or its number, and does not deny it."""
    answer_words = normalised(answer)
    if not answer_words:
        return False
    if set(answer_words) <= GRAMMAR:
        return _names_itself(sentence, answer)
    symbol = _is_symbol(_words(answer))
    words = _words(sentence) if symbol else [*normalised(sentence)]
    target = _words(answer) if symbol else [*answer_words]
    for start in range(len(words) - len(target) + 1):
        before = {word.lower() for word in words[max(0, start - _REACH) : start]}
        if words[start : start + len(target)] == target and not before & _DENIALS:
            return True
    number = quantities(answer, count_one=True)
    if len(number) != 1 or len(answer_words) != 1:
        return False
    return any(quantity.value == number[0].value for quantity in quantities(sentence, count_one=True))


def _names_itself(sentence: str, answer: str) -> bool:
    """Whether a sentence holds an accepted answer made of function words ("A", "The Who") as a name."""
    plain = _plain(sentence)
    words = list(_WORD.finditer(plain))
    target = [word for word in _words(answer) if word.lower() not in _ARTICLES] or _words(answer)
    for start in range(len(words) - len(target) + 1):
        run = words[start : start + len(target)]
        before = {word.group().lower() for word in words[max(0, start - _REACH) : start]}
        same = [word.group() for word in run] == target and not before & _DENIALS
        if same and meant_as_itself(plain, run[0].start(), run[-1].end()):
            return True
    return False
