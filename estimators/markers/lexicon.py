"""The lexicon of epistemic markers ("probably", "I'm not sure") and what they mean to people.

The lexicon is ``lexicon.csv``, one phrase per line, values from 0 to 1.
``norm`` is the median and ``low``, ``high`` the quartiles of a survey in which
people stated the probability that a phrase means to them:
CAPphrase 2026 (5,174 people, CC BY 4.0, DOI 10.5281/zenodo.18750055) if it
includes the phrase, else zonination/perceptions 2015 (46 people, MIT).
Phrases in no survey have no ``n``; their ``source`` names the surveyed phrase they borrow from:
``nearest to`` copies its values, ``the complement of`` takes 1 minus them ("almost certainly not").
``polarity.csv`` lists the markers that deny their claim ("unlikely"), with reasons.
To extend the lexicon, add lines. Contractions need no line: "I am" also matches "I'm", and vice versa.
Words that attribute a claim to someone else ("reportedly", "is said to") are left out on purpose.
"""

import csv
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import TypeAlias

from estimators.markers.polarity import polarity

LEXICON_FILE = Path(__file__).with_name("lexicon.csv")

# One character for one character, so that positions in the text stay valid.
FOLD = {ord(upper): upper.lower() for upper in "ABCDEFGHIJKLMNOPQRSTUVWXYZ"} | {ord(c): "'" for c in "’‘ʼ"}

# Long form first; a phrase with several contractions is tried in every combination.
_CONTRACTIONS = (
    ("i am", "i'm"), ("we are", "we're"), ("it is", "it's"), ("that is", "that's"), ("there is", "there's"),
    ("i have", "i've"), ("i would", "i'd"), ("i will", "i'll"), ("is not", "isn't"), ("are not", "aren't"),
    ("was not", "wasn't"), ("has not", "hasn't"), ("have not", "haven't"), ("do not", "don't"),
    ("would not", "wouldn't"), ("could not", "couldn't"), ("cannot", "can't"), ("cannot", "can not"),
)  # fmt: skip
_LONG = {short: long for long, short in _CONTRACTIONS}
_SHORT_WORD = re.compile(r"(?<!\w)(?:" + "|".join(re.escape(short) for short in _LONG) + r")(?!\w)")
_WORD_END = r"(?![-_]?[^\W_])"
_Tree: TypeAlias = "dict[str, _Tree]"  # word → what may follow it; "" = a phrase may end here


@dataclass(frozen=True, slots=True)
class LexiconEntry:
    """One phrase of the lexicon and the probability that people take it to mean (0 to 1)."""

    phrase: str
    marker: str  # canonical form
    norm: float  # median
    low: float  # first quartile
    high: float  # third quartile
    n: int | None  # people asked; None if the value is borrowed (see source)
    source: str
    in_words: bool  # surveyed and natural on its own, so it may name a confidence
    denies: bool  # it denies the claim of its sentence; the norm is still about the claim
    polarity_reason: str  # why it is read that way


@cache
def lexicon() -> tuple[LexiconEntry, ...]:
    """All phrases of the lexicon, in file order; the file is read once."""
    with LEXICON_FILE.open(encoding="utf-8", newline="") as file:
        return tuple(_entry(row) for row in csv.DictReader(file))


def _entry(row: Mapping[str, str]) -> LexiconEntry:
    norm, low, high = float(row["norm"]), float(row["low"]), float(row["high"])
    if not 0 <= low <= norm <= high <= 1:
        raise ValueError(f"{LEXICON_FILE.name}: {row['phrase']!r} is not 0 ≤ {low} ≤ {norm} ≤ {high} ≤ 1")
    n = int(row["n"]) if row["n"] else None
    source = f"{row['source']}, n = {n:,}" if n else row["source"]
    sign = polarity(row["canonical"])
    return LexiconEntry(
        row["phrase"], row["canonical"], norm, low, high, n, source, row["in_words"] == "yes", sign.denies, sign.reason
    )  # fmt: skip


def spelled_out(phrase: str) -> str:
    """A phrase in lower case with contractions spelled out, so that all its spellings are equal.

    >>> spelled_out("I’m not  sure")
    'i am not sure'
    """
    folded = " ".join(phrase.translate(FOLD).split())
    return _SHORT_WORD.sub(lambda match: _LONG[match.group()], folded)


def spellings(phrase: str) -> set[str]:
    """The folded spellings of a phrase, contracted and not.

    >>> sorted(spellings("I'm certain"))
    ['i am certain', "i'm certain"]
    """
    long = spelled_out(phrase)
    present = [pair for pair in _CONTRACTIONS if re.search(rf"(?<!\w){pair[0]}(?!\w)", long)]
    forms = set()
    for chosen in product((False, True), repeat=len(present)):
        form = long
        for (full, short), contract in zip(present, chosen, strict=True):
            form = re.sub(rf"(?<!\w){full}(?!\w)", short, form) if contract else form
        forms.add(form)
    return forms


def phrase_table(entries: tuple[LexiconEntry, ...]) -> dict[str, LexiconEntry]:
    """The entry of every folded spelling; raises ValueError if two lines share one."""
    table: dict[str, LexiconEntry] = {}
    for entry in entries:
        for form in spellings(entry.phrase):
            if table.setdefault(form, entry) is not entry:
                raise ValueError(f"{LEXICON_FILE.name}: {form!r} is listed twice")
    return table


def longest_of(phrases: Mapping[str, LexiconEntry], stop: str) -> str:
    """A regular expression for the longest matching phrase, with `stop` required after it.

    The phrases form a tree of words, longer branches first, so matching takes time
    linear in the length of the text, however many phrases there are.
    """
    tree: _Tree = {}
    for phrase in phrases:
        node = tree
        for word in phrase.split(" "):
            node = node.setdefault(word, {})
        node[""] = {}
    return _branches(tree, stop)


def _branches(node: _Tree, stop: str) -> str:
    branches = []
    for word in sorted(filter(None, node), key=lambda word: (-len(word), word)):
        below = node[word]
        ends = [stop] if "" in below else []
        longer = [r"\s++" + _branches(below, stop)] if set(below) - {""} else []
        branches.append(re.escape(word) + _WORD_END + "(?:" + "|".join(longer + ends) + ")")
    return "(?:" + "|".join(branches) + ")"
