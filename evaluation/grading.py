"""Whether an answer is right: by the option it chooses, by accepted short answers, then by a judge if there is one."""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from estimators.options import find_choice
from estimators.quantities import quantities
from estimators.sentences import sentence_spans
from estimators.wording import COURTESIES

Judge = Callable[[], bool | None]  # of this answer: right, wrong, or no verdict

_WORD = re.compile(r"-?\d+(?:[.,]\d+)*%?|[^\W\d_]+(?:[+-]+(?!\w))?|\w+")  # "O-" keeps its sign
_ARTICLES = {"a", "an", "the"}
_DENIALS = {"not", "never", "isn", "wasn", "aren", "weren", "nor", "neither", "than", "unlike"}
_REACH = 3  # words before an accepted answer among which a denial belongs to it
_SYMBOL = 2  # letters up to which an accepted answer is a symbol, whose capitals count: "K", "Fe"


@dataclass(frozen=True, slots=True)
class Graded:
    """Whether an answer is right, and by which rule; None where that cannot be told, with the reason."""

    correct: bool | None
    by: str = ""  # option · exact · alias · contained · no match · judge
    reason: str = ""  # exactly where correct is None

    def __post_init__(self) -> None:
        if (self.correct is None) != bool(self.reason):
            raise ValueError("give either a grade or the reason why there is none")


def grade_choice(text: str, choices: Sequence[str], answer: int) -> Graded:
    """Right if the option that the text chooses is the one at index ``answer``.

    >>> grade_choice("B. It has wings.", ["dog", "bee"], 1)
    Graded(correct=True, by='option', reason='')
    """
    chosen = find_choice(text, choices)
    if chosen is None:
        return Graded(None, reason="it chooses none of the options")
    return Graded(chosen[0] == answer, "option")


def grade_short(text: str, answers: Sequence[str], judge: Judge | None = None) -> Graded:
    """Right if the text is an accepted answer or says one in its first sentence, case, accents and articles aside.

    ``exact``: the text is the first accepted answer; ``alias``: another one; ``contained``: one stands in its first
    sentence (after "Certainly." and the like), in whole words or as the same number, not denied. Where only a later
    sentence says it, the text may mean anything: that is for the judge, like every text in which no accepted answer
    stands. Without a judge the first has no grade and the second is wrong.

    >>> grade_short("The Danube.", ["Danube"]).by, grade_short("It has four chambers.", ["4"]).by
    ('exact', 'contained')
    >>> grade_short("It is Sydney, not Canberra.", ["Canberra"])
    Graded(correct=False, by='no match', reason='')
    """
    said = normalised(text)
    if not said:
        return Graded(None, reason="there is no answer")
    accepted = [words for answer in answers if (words := normalised(answer))]
    if said in accepted and _capitals_agree(text, answers, said):
        return Graded(True, "exact" if said == accepted[0] else "alias")
    sentences = [text[slice(*span)] for span in sentence_spans(text)] or [text]
    while len(sentences) > 1 and set(normalised(sentences[0])) <= COURTESIES:
        sentences = sentences[1:]
    holding = [place for place, one in enumerate(sentences) if any(_says(one, answer) for answer in answers)]
    if holding and holding[0] == 0:
        return Graded(True, "contained")
    if judge is not None:
        verdict = judge()
        return Graded(verdict, "judge", "" if verdict is not None else "the judge gave no verdict")
    if holding:
        return Graded(None, reason="only a later sentence holds an accepted answer")
    return Graded(False, "no match")


def normalised(text: str) -> tuple[str, ...]:
    """The words of a text without case, accents, punctuation and articles.

    >>> normalised("The São Paulo Museum!")
    ('sao', 'paulo', 'museum')
    """
    return tuple(word for word in _words(text.casefold()) if word not in _ARTICLES)


def _words(text: str) -> list[str]:
    apart = unicodedata.normalize("NFKD", text)
    return _WORD.findall("".join(letter for letter in apart if not unicodedata.combining(letter)))


def _capitals_agree(text: str, answers: Sequence[str], said: tuple[str, ...]) -> bool:
    """Whether a text that is one short symbol has it as an accepted answer writes it; a lower-case one is forgiven."""
    if len(said) > 1 or len(said[0]) > _SYMBOL or not said[0].isalpha():
        return True
    written = "".join(_words(text))
    return written.islower() or any(written == "".join(_words(answer)) for answer in answers)


def _says(sentence: str, answer: str) -> bool:
    """Whether a sentence holds an accepted answer in whole words, or its number, and does not deny it."""
    wanted = normalised(answer)
    symbol = len(wanted) == 1 and len(wanted[0].strip("+-")) <= _SYMBOL and not wanted[0].isdigit()
    words = _words(sentence) if symbol else [*normalised(sentence)]
    target = _words(answer) if symbol else [*wanted]
    for start in range(len(words) - len(target) + 1):
        before = {word.lower() for word in words[max(0, start - _REACH) : start]}
        if words[start : start + len(target)] == target and not before & _DENIALS:
            return True
    number = quantities(answer, count_one=True)
    if len(number) != 1 or len(wanted) != 1:
        return False
    return any(one.value == number[0].value for one in quantities(sentence, count_one=True))
