"""When the words of an epistemic marker are not a marker: negated, someone else's, or about something else.

Every rule looks at a window of fixed length around the phrase, so reading a text takes linear time.
The labels in ``evaluation/validation/labelled`` measure how well the rules work.
"""

import re
from collections.abc import Iterator

from estimators.markers.homonyms import POSSESSIVE, is_homonym

_BEFORE, _AFTER = 120, 200  # characters that the rules may look at

# Not the speaker's own words: quotations, code, links, quoted lines. Every branch stops at the next
# delimiter, so an unpaired one causes no second scan. 5" and ’ inside a word open no quotation.
_QUOTED = re.compile(
    r"""
      (?<!\w)"(?!\s) (?:[^"\n]|\n(?![ \t]*\n))*+ "
    | “[^“”]*”  | „[^„“”]*[“”]  | «[^«»]*»
    | (?<!\w)‘ (?:[^‘’\n]|(?<=\w)’(?=\w))*+ ’(?!\w)
    | (?<![\w'])'(?=[^\W\d]) (?:[^'\n]|(?<=\w)'(?=\w))*+ (?<!\s)'(?!\w)
    | ```[^`]*```  | `[^`\n]*`
    | (?m:^[ \t]{0,3}>.*$)
    | https?://\S+
    """,
    re.VERBOSE,
)

_DEGREE = (
    r"(?:at\s+all|all\s+that|very|so|too|that|really|even|quite|entirely|completely|necessarily|"
    r"particularly|especially|exactly|terribly|overly|nearly|as)"
)
_NEGATION = re.compile(
    r"(?:\b(?:not?|never|cannot|hardly|scarcely|barely|neither|nor|without|far\s+from|anything\s+but|less\s+than)"
    rf"|n't|\b(?:is|are|was|were)nt)(?:\s+{_DEGREE})*(?:\s+(?:an?|the|any))?(?:\s+{_DEGREE})*\s+$"
)
_NEGATED_CLAUSE = re.compile(
    r"(?:(?:n't|\bnot|\bnever)\s+(?:think|believe|say|find|consider|know|sure|certain)|\b(?:i|we)\s+doubt)"
    r"(?:\s+(?:that|if|whether))?"
    rf"(?:\s+(?:it|this|that|he|she|they|we|you)(?:'s|\s+(?:is|was|are|were)))?(?:\s+{_DEGREE})*\s*$"
)
_NEGATED_BEFORE = re.compile(r"(?:\bnot|n't|\bcannot|\bnever|\bnobody|\bno\s+one)\s+(?:\w+\s+){1,5}$")
_FULL_CLAUSE = re.compile(r"i |i'm |we |it |it's |there |there's |my |as |to |if |for all |no |not ")

# "he said it might rain", "some historians believe that it may …": doubt of other people.
_SPEECH = (
    r"(?:said|says|say|told|tells|claim(?:s|ed)?|wr(?:ote|ites|itten)|argue[sd]?|announce[sd]?|th(?:ink|inks|ought)|"
    r"believe[sd]?|fear(?:s|ed)|hope[sd]|warn(?:s|ed)|insist(?:s|ed)|repl(?:ied|ies)|wonder(?:s|ed)|"
    r"report(?:s|ed)|feels|felt|suspect(?:s|ed)|call(?:s|ed)|add(?:s|ed)|admit(?:s|ted)|predict(?:s|ed))"
)
_PEOPLE = (
    r"(?:historians|scholars|experts|scientists|researchers|critics|people|others|authors|archaeologists|"
    r"economists|linguists|theorists|some|many)"
)
_REPORTED = re.compile(rf"(?:\b(?P<who>[\w']+)\s+)?\b{_SPEECH}\b[^.,;:!?()\n—–]{{0,80}}$")
_SUGGESTED = re.compile(
    rf"\b{_PEOPLE}\s+(?:have\s+)?(?:suggest|propos|theori|speculat)\w*[^.,;:!?()\n—–]{{0,80}}$"
)
_NOT_REPORTING = {
    "i", "we", "i'd", "i'll", "i've", "would", "to", "can", "could", "will", "may", "might", "must", "should",
    "don't", "not", "also", "be", "confidently", "only", "safely", "well",
}  # fmt: skip
_CONDITION = re.compile(r"\b(?:if|whether|unless|suppose|assuming|in\s+case)\b[^.,;:!?()\n—–]{0,40}$")
_QUESTION_OPENER = re.compile(
    r"\s*(?:so|and|but|then|well)?,?\s*(?:is|are|was|were|am|do|does|did|can|could|may|might|must|will|would|should|has|"
    r"have|had|what|which|who|whom|whose|when|where|why|how|isn't|aren't|wasn't|don't|doesn't|didn't)\b"
)
_SENTENCE_END = re.compile(r"[.!?…](?=[\s\"')\]]|$)|\n")
# "He is sure that …": the certainty of someone else
_OTHERS_STATE = re.compile(
    r"(?:\b(?:he|she|they|you|who|everyone|everybody|nobody|someone|historians|scholars|experts|scientists|researchers|"
    r"critics|people|others|some|many|[a-z]+ers)\s+(?:is|was|are|were|seems?|seemed|felt|feels?|remains?|remained|became)"
    r"|\b(?:he|she|they|you)'(?:s|re))(?:n't|\s+not)?(?:\s+\w+ly)?\s+$"
)
_STATE = re.compile(
    r"(?!i\b|i'm|we\b|it\b|it's).*\b(?:sure|certain|confident|positive|unsure|uncertain|doubtful|convinced)\Z"
)
_NAMED_STATE = re.compile(r"(?<!\bit)(?<!\bthat)(?<!\bthis)\s+(?:is|was)\s+$")
_PERSONAL = re.compile(r"(?!i\b|i'm|we\b|it\b|it's).*\b(?:sure|confident|unsure|convinced)\Z")

# "the most likely known cause" is a property, "the most likely answer is Rome" a doubt about the claim.
_ARTICLE = re.compile(rf"(?<!\w)(?:a|an|the|one|{POSSESSIVE})\s+$")
_COPULA = r"(?:is|was|are|were|would\s+be|remains|seems|appears|must\s+be)"
_CLAIM_NOUN = (
    r"(?:answer|explanation|reason|cause|candidate|outcome|result|scenario|interpretation|translation|location|place|"
    r"date|year|origin|source|author|option|choice|case|conclusion|capital|winner|city|country|site|culprit|meaning)"
)
_NOUN_THEN_CLAIM = re.compile(rf"\s+(?!known\b)\w+\s+(?:(?:for|of|to)\s+(?:\w+\s+){{1,4}})?{_COPULA}\b")
_CLAIM_BEFORE = re.compile(rf"\b{_COPULA}\s+(?:a|an|the|{POSSESSIVE})\s+$")
_CLAIM_AFTER = re.compile(rf"\s+{_CLAIM_NOUN}\b")
_LIKELY = re.compile(r"(?:(?:most|very|highly|extremely)\s+)?(?:likely|probable|plausible)\Z")
_MONTH = re.compile(r"May(?![^\W_])")
_PLEASANTRY = re.compile(r"(?:certainly|definitely)[!.]\s*\w")  # "Certainly! Here is …"


def quoted(text: str) -> Iterator[tuple[int, int]]:
    """The spans that are not the speaker's own words, in order; a fully quoted text counts as the speaker's."""
    whole = (len(text) - len(text.lstrip()), len(text.rstrip()))
    return (match.span() for match in _QUOTED.finditer(text) if match.span() != whole)


def is_not_a_marker(phrase: str, text: str, folded: str, start: int, end: int) -> bool:
    """Whether the context shows that a phrase is not a marker of this author: negated, quoted, or a homonym."""
    if _MONTH.match(text, start):
        return True
    before, after = folded[max(0, start - _BEFORE) : start], folded[end : end + _AFTER]
    if not before.strip() and start < _BEFORE and _PLEASANTRY.match(folded, start):
        return True
    if _NEGATED_CLAUSE.search(before):
        return True
    if not _FULL_CLAUSE.match(phrase) and _NEGATION.search(before):
        return True
    if phrase.startswith(("with ", "for sure", "for certain")) and _NEGATED_BEFORE.search(before):
        return True
    if _ARTICLE.search(before) and re.search(r"(?:likely|possible|probable|plausible)\Z", phrase):
        return not _is_about_the_claim(phrase, before, after)
    return (
        _is_somebody_elses(phrase, before)
        or bool(_CONDITION.search(before))
        or _is_asked(before, after)
        or is_homonym(phrase, before, after)
    )


def _is_about_the_claim(phrase: str, before: str, after: str) -> bool:
    """Whether an adjective after an article says how likely the claim is: "the likely answer is Rome"."""
    if not _LIKELY.match(phrase):
        return False
    return bool(_NOUN_THEN_CLAIM.match(after) or (_CLAIM_BEFORE.search(before) and _CLAIM_AFTER.match(after)))


def _is_somebody_elses(phrase: str, before: str) -> bool:
    """Whether the doubt is someone else's: "he said it might rain", "she is sure that"."""
    if _STATE.match(phrase) and _OTHERS_STATE.search(before):
        return True
    if _PERSONAL.match(phrase) and _NAMED_STATE.search(before):
        return True
    if _SUGGESTED.search(before):
        return True
    reported = _REPORTED.search(before)
    return reported is not None and reported["who"] not in _NOT_REPORTING


def _is_asked(before: str, after: str) -> bool:
    """Whether the sentence around a phrase is a question."""
    end = _SENTENCE_END.search(after)
    if end is None or end.group() != "?":
        return False
    opening = 0
    for match in _SENTENCE_END.finditer(before):
        opening = match.end()
    return bool(_QUESTION_OPENER.match(before[opening:] or after))
