"""Letters and function words that mean themselves: the "A" in "A, because …", not in "A bee …"."""

import re

from estimators.text.content_words import listed

# What can follow a letter that is not an article; after "I" only the first of these.
_FOLLOWERS = r"is|isn['’]t|because|since|seems|appears|fits"
_VERBS = r"was|wasn['’]t|would\s+be|must\s+be|has\s+to\s+be"
_END = re.compile(
    rf"""
      \s*\Z | [ \t]*[\r\n]                                      # the end of the text or of a line
    | [.,;:!?()\[\]{{}}<>*`"”“»«'’|=…\\]+ (?: [\W_] | \Z )        # "A," "A)" "**A**"; not "A.M." or "A's"
    | _+ (?: [\W_] | \Z )
    | [ \t]* [–—→]                                              # "A – dog", "A—dog"
    | [ \t]+ (?: [-=:|] | ->) (?: \s | \Z )                       # "A - dog"
    | [ \t] (?<!\w\w[ \t]) (?: {_FOLLOWERS} | (?<!I[ \t]) (?: {_VERBS} ) ) \b  # "A is right", not "I was", "It is"
    """,
    re.VERBOSE,
)
GRAMMAR = frozenset(
    listed(
        "a an the i in as at he am be it us so or if to on by is we me my do who her him she they them his you"
    )
)
_NAMING = re.compile(
    r"\b(?:vitamin|hepatitis|influenza|(?:blood )?(?:group|type)|letter|class|grade|note)\s\Z", re.I
)
_CAPITAL = re.compile(r"\s+[^\W\d_a-z]")
_SENTENCE_START = re.compile(r"(?:\A|[.!?:…]\s|\n)[\s\"'“”‘’()\[\]*_`>-]*\Z")


def stands_alone(text: str, end: int) -> bool:
    """Whether a word that ends here is followed by the end, punctuation, markup, or a verb with it as its subject.

    >>> [stands_alone(text, 1) for text in ("A", "A, because", "A is right", "A bee", "A's")]
    [True, True, True, False, False]
    """
    return _END.match(text, end) is not None


def meant_as_itself(text: str, start: int, end: int) -> bool:
    """Whether a function word means itself: it stands alone, is named, or has a capital inside a sentence.

    >>> meant_as_itself("Vitamin A helps the eyes", 8, 9), meant_as_itself("A bee sees it", 0, 1)
    (True, False)
    """
    if stands_alone(text, end) or _NAMING.search(text, max(0, start - 20), start):
        return True
    if (
        not text[start].isupper()
        or text[start:end] == "I"
        or _SENTENCE_START.search(text, max(0, start - 20), start)
    ):
        return False
    return not _CAPITAL.match(text, end)  # "In A Midsummer Night's Dream"
