"""Phrases that look like an epistemic marker but are not: comparisons, months, abilities, advice."""

import re
from dataclasses import dataclass

_AND_THEN = (
    r"that|and|or|but|because|since|as|although|though|given|if|when|while|in|at|on|by|from|with|within|under|"
    r"without|through|whether|who|what|which|where|why|how|here|now|then|only|even|to|for|about|due"
)
_PRONOUN = r"i|you|we|he|she|it|they|there|this|these|those"
POSSESSIVE = r"my|your|his|her|its|our|their"
_SUBJECT = rf"{_PRONOUN}|{POSSESSIVE}|the|a|an|some|someone|no|both"
_UNSURE_MODAL = r"may|might|could"
_NO_VERB = rf"(?:$|[^\w\s]|(?:of|and|or|at|{_SUBJECT})\b)"
_MAKE = r"ma(?:k(?:e|es|ing)|de)(?:\s+\w+)?"  # "made it possible"
_PERMITTED = r"enter|apply|park|borrow|vote|smoke|attend|proceed|submit|request|bring|choose|ask|swim|use|sit"
_ABLE = (
    r"swim|fly|run|walk|see|hear|speak|read|write|climb|reach|carry|hold|lift|jump|sing|play|dance|cook|draw|paint|"
    r"afford|understand|remember|feel|sleep|eat|drink|drive|ride|buy|sell|enter|cross|visit|use|get|go|do|find|make|"
    r"recite|count|choose|move|open|close|finally|barely|hardly|easily|n't|not"
)


@dataclass(frozen=True, slots=True)
class _Rule:
    """Phrases that are not a marker between ``before`` and ``after``."""

    phrases: re.Pattern[str]
    before: re.Pattern[str]
    after: re.Pattern[str]


def _rule(phrases: str, before: str = "", after: str = "") -> _Rule:
    return _Rule(
        re.compile(rf"(?:{phrases})\Z"),
        re.compile(rf"(?<!\w)(?:{before})\s+$" if before else ""),
        re.compile(after),
    )


_ADJECTIVE = r"(?!it|there).*(?:likely|possible|probable|plausible)"
_STANDING = (
    "possible|probable|improbable|plausible|implausible|conceivable|uncertain|unclear|doubtful|questionable|"
    "dubious|debatable"
)
_NOT_MARKERS = (
    # "more likely to", "as likely": a comparison
    _rule(_ADJECTIVE, before=r"more|less|as|how|equally|far\s+more|much\s+more|most|least"),
    _rule(_ADJECTIVE, before=r"(?:is|are|was|were)\s+(?:it|this|that|there)"),  # "Is it likely?"
    # "likely candidates are": the adjective of a noun
    _rule(r"likely|most likely", after=r"\s+\w+s\s+(?:are|were|include|would|have|can|may|might)\b"),
    _rule(r".*likely", before=r"other|several|some|many|these|those|two|three|all|any"),
    # "possible causes include", "an uncertain future", "about even numbers": a noun follows
    _rule(_STANDING, after=rf"\s+(?!(?:{_AND_THEN}|{_SUBJECT})\b)\w"),
    _rule("uncertain|unclear|doubtful", before=rf"a|an|the|{POSSESSIVE}"),
    _rule("about even|roughly even|better than even", after=rf"\s+(?!(?:{_AND_THEN}|odds|chances?)\b)\w"),
    # "as soon as possible", "where possible", "it is possible to swim there": what can be done
    _rule("possible", before=rf"as|if|whenever|wherever|where|when|best|{_MAKE}"),
    _rule(r".*possible", after=r"\s+(?:to|for)\b"),
    _rule(r".*chance", after=r"\s+(?:to|encounter|meeting)\b"),  # an opportunity
    # "Could you say more?", "you might want to": a question, advice, a permission, an ability
    _rule(_UNSURE_MODAL, after=rf"\s+(?:{_PRONOUN})\b"),
    _rule(
        _UNSURE_MODAL,
        before="you|one",
        after=r"\s+(?:also\s+|now\s+)?(?:want|wish|like|try|prefer|consider|use|need|check|enter|go|leave|take|ask)\b",
    ),
    _rule("may", after=rf"\s+(?:also\s+|not\s+|only\s+|now\s+)?(?:{_PERMITTED})\b"),
    _rule(
        "may",
        before="visitors|guests|you|pupils|students|members|children|passengers|anyone",
        after=r"\s+(?!be\b|have\b|not\b)",
    ),
    _rule("could", after=rf"\s+(?:{_ABLE})\b"),
    _rule(
        "could",
        before="he|she|they|you|we|i|who|people|anyone|nobody|so",
        after=r"\s+(?!be\b|have\b|also\b|still\b|even\b)",
    ),
    _rule("could", after=r"\s+only\b"),
    _rule(
        "could be",
        after=r"\s+(?:used|seen|heard|found|made|done|bought|reached|opened|closed|read|crossed)\b",
    ),
    _rule("might", before=rf"the|of|military|sheer|all|{POSSESSIVE}"),  # the noun
    # "in may", "12 may", "may 5": the month, which no verb follows
    _rule("may", before=r"in|of|by|since|until|during|early|late|every|\d+\w{0,2}", after=rf"\s*{_NO_VERB}"),
    _rule("may", after=r"\s*\d"),
    _rule(r"i (?:think|believe)", after=r"\s+(?:in|of|about)\b(?!\s+\d)"),  # "I believe in"
    _rule(
        "i (?:expect|would expect|assume)",
        after=r"\s+(?:you|him|her|them|to|full|responsibility|the\s+role)\b",
    ),
    _rule("i (?:doubt|suspect)", after=r"\s+(?:him|her|you|them)\b"),
    _rule("i feel like", after=r"\s+(?:a|an|\w+ing)\b"),
    _rule("i bet", after=r"\s+(?:\d|on\b|money\b)"),
    _rule("who knows", after=r"\s+(?:the|a|how|his|her|my|about|this|it)\b"),
    _rule(
        "it is (?:very |quite )?clear|it's (?:very |quite )?clear",
        after=r"\s+(?:today|now|outside|tonight|water)\b",
    ),
    _rule(
        ".*(?:chances|odds) are|my .*estimate is",
        after=r"\s+(?:slight|slim|small|low|better|about|roughly|even|not|against|in)\b",
    ),
    _rule("no chance", after=r"\s+(?!(?:of|that|at|whatsoever|in|and|but|or|" + _SUBJECT + r")\b)\w"),
    _rule("i believe", after=r"\s+(?:you|him|her|them|me|it|this|that)\s*(?:$|[.,;!?])"),
    # "She spoke clearly", "clearly visible": the manner
    _rule(
        "clearly|obviously|evidently",
        before=r"(?!is|was|are|were|and|but)\w+",
        after=r"\s*(?:$|[.;!?]|and\b|enough\b)",
    ),
    _rule("clearly", before=r"more|as|very|so|too|most|see|saw|hear|heard|speak|spoke|think|write"),
    _rule(
        "clearly",
        after=r"\s+(?:visible|marked|labell?ed|defined|stated?|written|audible|seen|heard|show\w*|explain\w*)\b",
    ),
    _rule("with .*confidence|with .*certainty", before=r"(?:he|she|they|you)\s+(?:\w+\s+){0,3}\w+"),
    _rule("for sure|for certain", before=r"(?:he|she|they|you)\s+\w+"),
    _rule("supposedly|apparently|presumably|potentially", before=r"a|an"),
    _rule("will happen", before="what|whatever|this|that|which"),
)


def is_homonym(phrase: str, before: str, after: str) -> bool:
    """Whether the words before and after a phrase (all folded) show that it is not a marker."""
    return any(
        rule.phrases.match(phrase) and rule.before.search(before) and rule.after.match(after)
        for rule in _NOT_MARKERS
    )
