"""Detects non-answers, which only say that their author does not know."""

import re

from estimators.text.content_words import content_words, fold, listed, sentences, stem, words

_NONE_GIVEN = re.compile(
    r"""\b(?: (?:do\ not|don't|did\ not|didn't) \s+ (?:\w+\s+)?(?:know|remember|recall
      |have\ (?:enough|any|that|the|specific))
    | (?:cannot|can't|can\ not|could\ not|couldn't|unable\ to|not\ able\ to) \s+ (?:\w+\s+)?
      (?:say|tell|answer|provide|determine|give|find|recall|help|assist|verify|confirm)
    | (?:have|has)\ no\ (?:idea|information|knowledge|clue|answer|way)  | no\ idea  | unknown\ to\ me
    | (?:not|n't|never) \s+ (?:\w+\s+){0,2}? (?:sure|certain|aware|familiar)  | unsure  | uncertain
    | (?:is|are|was|remains) \s+ (?:\w+\s+)?(?:unknown|unclear) )\b""",
    re.VERBOSE | re.IGNORECASE,
)
_FILLER = frozenset(
    listed(
        """
    sorry apologize apologise apologies answer question information question's know knowing idea enough
    unable unknown unclear sure certain certainty language model ai assistant afraid provide say tell give
    determine specific definitive accurate details data knowledge please context more further clarify ask
    asking help able author person who unfortunately find cannot can't don't do not have has no any me my i
    to couldn't possible unsure uncertain honestly really recall remember right now exact exactly absolutely
    completely entirely access sources reliable question, didn't verify confirm aware familiar way clue
    assist without that
    """
    )
)


def gives_no_answer(text: str, question: str = "") -> bool:
    """Whether a text is a non-answer.

    >>> gives_no_answer("I am not sure who wrote it.", "Who wrote it?"), gives_no_answer("I'm not sure, maybe Ibsen.")
    (True, False)
    """
    if not words(text):
        return True
    if not _NONE_GIVEN.search(fold(text)):
        return False
    asked = {stem(word) for word in words(question)}
    rest = _NONE_GIVEN.sub(" ", fold(text))
    content = [word for word in content_words(rest, question) if word.lower() not in _FILLER]
    remaining = [word for word in content if stem(word) not in asked]
    return not remaining or (
        len(remaining) <= 2
        and not any(word[0].isupper() or word[0].isdigit() for word in remaining)
        and _all_doubt(text)
    )


def _all_doubt(text: str) -> bool:
    return all(_NONE_GIVEN.search(fold(sentence)) for sentence in sentences(text)) and "," not in text
