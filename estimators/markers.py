"""Epistemic markers in a text ("probably", "I'm not sure") with what people take them to mean.

The lexicon is ``marker_lexicon.csv``, one phrase a line, values from 0 to 1.
``norm`` is the median and ``low``, ``high`` the quartiles of a survey in which
people gave the probability that a phrase means to them:
CAPphrase 2026 (5,174 people, CC BY 4.0, DOI 10.5281/zenodo.18750055) where it
asked for the phrase, else zonination/perceptions 2015 (46 people, MIT).
What no survey asked has no ``n``, and ``source`` names the surveyed phrase it borrows from.
To extend the lexicon add lines; "it's", "I'm", "don't" … stand for their long forms too.
"""

import csv
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from estimators.types import MarkerMatch

LEXICON_FILE = Path(__file__).with_name("marker_lexicon.csv")

_CONTRACTIONS = {
    "i'm": "i am", "it's": "it is", "there's": "there is", "don't": "do not", "can't": "cannot",
}  # fmt: skip

# One character for one, so that positions stay those of the text.
_FOLD = {ord(upper): upper.lower() for upper in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"} | {ord(c): "'" for c in "’‘ʼ"}

# Not the speaker's own words: quotations, code, links, quoted lines. Every branch stops at the next
# delimiter, so an unpaired one costs no second scan. 5" and ’ inside a word open nothing.
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
_CLAUSE_OPENERS = ("i ", "i'm ", "we ", "it ", "it's ", "there ", "there's ", "my ", "as ", "to ", "if ")

_AND_THEN = (
    r"that|and|or|but|because|since|as|although|though|given|if|when|while|in|at|on|by|from|with|within|under|"
    r"without|through|whether|here|now|then|only|even"
)
_PRONOUN = r"i|you|we|he|she|it|they|there|this|these|those"
_POSSESSIVE = r"my|your|his|her|its|our|their"
_SUBJECT = rf"{_PRONOUN}|{_POSSESSIVE}|the|a|an|some|someone|no|both"
_UNSURE_MODAL = r"may|might|could"
_NO_VERB = rf"(?:$|[^\w\s]|(?:of|and|or|at|{_SUBJECT})\b)"
_MAKE = r"ma(?:k(?:e|es|ing)|de)(?:\s+\w+)?"  # "made it possible"


@dataclass(frozen=True, slots=True)
class _Rule:
    """Phrases that are something else than a marker after ``before`` and ahead of ``after``."""

    phrases: re.Pattern[str]
    before: re.Pattern[str]
    after: re.Pattern[str]


def _rule(phrases: str, before: str = "", after: str = "") -> _Rule:
    return _Rule(
        re.compile(rf"(?:{phrases})\Z"),
        re.compile(rf"(?<!\w)(?:{before})\s+$" if before else ""),
        re.compile(after),
    )


_ADJECTIVE = r"(?!it).*(?:likely|possible|probable)"
_NOT_MARKERS = (
    # "the most likely known cause", "a possible solution", "more likely to": another noun, a comparison
    _rule(_ADJECTIVE, before=rf"a|an|the|{_POSSESSIVE}|more|less|as|how|equally"),
    _rule(_ADJECTIVE, before=r"(?:is|are|was|were)\s+(?:it|this|that|there)"),  # "Is it likely?"
    # "possible causes include", "about even numbers": a noun follows
    _rule("possible|probable|improbable", after=rf"\s+(?!(?:{_AND_THEN}|{_SUBJECT})\b)\w"),
    _rule("about even|roughly even|better than even", after=rf"\s+(?!(?:{_AND_THEN}|odds|chances?)\b)\w"),
    # "as soon as possible", "where possible", "it is possible to swim there": what can be done
    _rule("possible", before=rf"as|if|whenever|wherever|where|when|best|{_MAKE}"),
    _rule(r".*possible", after=r"\s+(?:to|for)\b"),
    # "Could you say more?", "you might want to": a question, advice
    _rule(_UNSURE_MODAL, after=rf"\s+(?:{_PRONOUN})\b"),
    _rule(_UNSURE_MODAL, before="you", after=r"\s+(?:also\s+)?(?:want|wish|like|try|prefer|consider|use)\b"),
    _rule("might", before=rf"the|of|military|sheer|{_POSSESSIVE}"),  # the noun
    # "in may", "12 may", "may 5": the month, which no verb follows
    _rule("may", before=r"in|of|by|since|until|during|early|late|every|\d+\w{0,2}", after=rf"\s*{_NO_VERB}"),
    _rule("may", after=r"\s*\d"),
    _rule(r"i (?:think|believe)", after=r"\s+(?:in|of|about)\b(?!\s+\d)"),  # "I believe in"
    _rule("will happen", before="what|whatever|this|that|which"),
)
_MONTH = re.compile(r"May(?![^\W_])")
_PLEASANTRY = re.compile(r"(?:certainly|definitely)[!.]\s*\w")  # "Certainly! Here is …"


@dataclass(frozen=True, slots=True)
class LexiconEntry:
    """One phrase of the lexicon and the probability that people read in it (0 to 1)."""

    phrase: str
    marker: str  # canonical form
    norm: float  # median
    low: float  # first quartile
    high: float  # third quartile
    n: int | None  # people asked; None when the value is borrowed, as source says
    source: str
    in_words: bool  # surveyed and natural standing alone: may name a confidence


@cache
def lexicon() -> tuple[LexiconEntry, ...]:
    """Every phrase of the lexicon, in the order of its file, which is read once."""
    with LEXICON_FILE.open(encoding="utf-8", newline="") as file:
        return tuple(_entry(row) for row in csv.DictReader(file))


def _entry(row: Mapping[str, str]) -> LexiconEntry:
    norm, low, high = float(row["norm"]), float(row["low"]), float(row["high"])
    if not 0 <= low <= norm <= high <= 1:
        raise ValueError(f"{LEXICON_FILE.name}: {row['phrase']!r} is not 0 ≤ {low} ≤ {norm} ≤ {high} ≤ 1")
    n = int(row["n"]) if row["n"] else None
    source = f"{row['source']}, n = {n:,}" if n else row["source"]
    return LexiconEntry(row["phrase"], row["canonical"], norm, low, high, n, source, row["in_words"] == "yes")


def find_markers(text: str) -> tuple[MarkerMatch, ...]:
    """Every epistemic marker of a text, in order, not overlapping, with its human norm.

    The longest phrase wins, and negation belongs to the phrase: a negated form
    that the lexicon lacks ("not possible", "might not") is no match. Quotations,
    code and links are not the speaker's words and are skipped, unless the whole
    text is one quotation. Case, kind of apostrophe and line breaks do not matter.

    A norm is about the phrase, so "probably not" has that of "it is probably so": 0.265.

    Known hard cases, read wrongly or not at all: "could", "may" and "might" for an
    ability or a permission ("as a child she could swim", "guests may enter");
    adjectives after an article or a possessive, all skipped, though "the most
    likely answer is Rome" does carry doubt;
    reported doubt without quotation marks ("he said it might rain"); "likely"
    ahead of a bare noun ("likely candidates are"); a negation further off
    ("it is not that it is likely", "probably isn't" counts as "probably"); "May"
    opening a sentence as a verb; an opening "Certainly!" is taken as a courtesy.

    >>> [(m.text, m.start, m.norm) for m in find_markers("It's probably Rome, but I'm not sure.")]
    [('probably', 5, 0.75), ("I'm not sure", 24, 0.4)]
    >>> find_markers("That is not possible in May.")
    ()
    """
    phrases, pattern = _matcher()
    folded = text.translate(_FOLD)
    quoted = _quoted(text)
    skip_start, skip_end = next(quoted, (len(text), len(text)))
    opening = len(text) - len(text.lstrip())
    found = []
    for match in pattern.finditer(folded):
        start, end = match.span()
        while skip_end <= start:
            skip_start, skip_end = next(quoted, (len(text), len(text)))
        if end > skip_start:
            continue
        phrase = " ".join(match.group().split())
        if _MONTH.match(text, start) or _is_something_else(phrase, folded, start, end):
            continue
        if start == opening and _PLEASANTRY.match(folded, start):
            continue
        entry = phrases[phrase]
        found.append(
            MarkerMatch(
                text[start:end], start, end, entry.marker, entry.norm, entry.low, entry.high, entry.source
            )
        )
    return tuple(found)


def nearest_marker(confidence: float) -> LexiconEntry:
    """The surveyed phrase that people read as the probability nearest to a confidence.

    On a tie the norm nearer to one half, then the larger survey, then the order of the file.

    Raises ValueError if the confidence is not in [0, 1].

    >>> [nearest_marker(c).phrase for c in (0.97, 0.72, 0.52, 0.2)]
    ['almost certain', 'likely', 'about even', 'unlikely']
    """
    if not 0 <= confidence <= 1:
        raise ValueError(f"confidence {confidence} is not in [0, 1]")

    def rank(entry: LexiconEntry) -> tuple[float, float, int]:
        # rounded: 0.55 is as far from 0.5 as from 0.6, but not in binary
        return round(abs(entry.norm - confidence), 9), abs(entry.norm - 0.5), -(entry.n or 0)

    return min((entry for entry in lexicon() if entry.in_words), key=rank)


@cache
def _matcher() -> tuple[Mapping[str, LexiconEntry], re.Pattern[str]]:
    """The folded phrases with their entries, and one alternation of them, longest first."""
    phrases: dict[str, LexiconEntry] = {}
    for entry in lexicon():
        folded = entry.phrase.translate(_FOLD)
        words = folded.split(" ")
        for form in (folded, " ".join(_CONTRACTIONS.get(word, word) for word in words)):
            if phrases.setdefault(form, entry) is not entry:
                raise ValueError(f"{LEXICON_FILE.name}: {form!r} stands there twice")
    longest_first = sorted(phrases, key=lambda phrase: (-len(phrase), phrase))
    alternatives = "|".join(re.escape(phrase).replace(r"\ ", r"\s+") for phrase in longest_first)
    # Letters and digits bound a phrase, and so do - and _ inside a word; the _ of _maybe_ does not.
    left, right = r"(?<![^\W_])(?<![^\W_][-_])", r"(?![-_]?[^\W_])"
    # A following "not" is looked at here, so that "it's likely not" falls back to "likely not".
    not_negated = r"(?!\s+not(?!\w)(?!\s+(?:only|just)(?!\w)))"
    return phrases, re.compile(rf"{left}(?:{alternatives}){right}{not_negated}")


def _quoted(text: str) -> Iterator[tuple[int, int]]:
    """The spans that are not the speaker's own words, in order."""
    whole = (len(text) - len(text.lstrip()), len(text.rstrip()))
    return (match.span() for match in _QUOTED.finditer(text) if match.span() != whole)


def _is_something_else(phrase: str, folded: str, start: int, end: int) -> bool:
    """Whether the words around a phrase negate it or make it something else than a marker."""
    before, after = folded[max(0, start - 60) : start], folded[end : end + 30]
    if _NEGATED_CLAUSE.search(before):
        return True
    if not phrase.startswith(_CLAUSE_OPENERS) and _NEGATION.search(before):
        return True
    return any(
        rule.phrases.match(phrase) and rule.before.search(before) and rule.after.match(after)
        for rule in _NOT_MARKERS
    )
