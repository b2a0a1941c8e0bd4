"""Finds the answer words: the few words of a free answer that answer the question."""

import math
import re
from dataclasses import dataclass
from typing import ClassVar

from estimators.estimator import Estimator
from estimators.markers.matcher import find_markers
from estimators.missing import present
from estimators.sentences import sentence_spans
from estimators.signals.token_probability import answer_tokens
from estimators.text.answer_form import not_short
from estimators.text.content_words import listed
from estimators.text.non_answers import gives_no_answer
from estimators.text.written_numbers import number_spans, years_within
from estimators.types import Evidence

Span = tuple[int, int]

# How many sentences, and how many characters of each, are read: endless repetition stays cheap.
_SENTENCES, _REACH = 20, 600

_WORD = re.compile(r"[^\W_]+(?:[.,:][0-9]+|['’\-–·][^\W_]+)*%?")
_PLAIN = frozenset(
    _WORD.findall(
        "a an the this that these those it its it's that's he she they we i you his her their our my your who whom "
        "which what when where how why and or but nor so if as of in on at by for from to with into through over under "
        "about between among during after before since until near than then there here not no yes is are was were be "
        "been being am do does did has have had can will would shall should could may might must isn't wasn't aren't "
        "weren't doesn't didn't also very most more some any all both each such known called named considered said made "
        "used found located written wrote directed painted composed discovered invented born first answer one actually "
        "generally historically approximately certainly sure mainly primarily mostly usually often typically commonly "
        "indeed about around roughly instead rather although though while"
    )
)
_LINKS = frozenset(
    listed(
        "of van von de da di la le el al the del du and der bin ibn es sur des do dos das zu zum ter ten upon lès"
    )
)
_NUMERIC = (
    r"(?:year|decade|century|temperature|number|date|day|percentage|share|age|distance|speed|price|height|length|weight|"
    r"population|point|sum|product|root|square|value)"
)
_NUMBER_ASKED = re.compile(
    rf"\A\W*when\b|\bhow (?:many|much|long|old|far|tall|high|big|large|deep|fast|heavy|hot|cold|often|wide)\b|"
    rf"\b(?:which|what)\s+(?:[\w-]+\s+)?{_NUMERIC}\b|\bwhat(?:['’]s|\s+(?:is|was))\s+the\s+(?:[\w-]+\s+){{0,2}}{_NUMERIC}\b|"
    r"\d\s*[×x*+/÷−%-]\s*(?:of\s+)?\d",
    re.I,
)
_DATE_ASKED = re.compile(r"\A\W*when\b|\b(?:year|decade|century|date|day)\b", re.I)
_YEAR_ASKED = re.compile(r"\b(?:which|what)\s+year\b|\byear\s+(?:did|was|were|is)\b", re.I)
_COUNTED = re.compile(r"\bhow many\s+([^\W\d_]+)", re.I)
_PROPER_NAME_ASKED = re.compile(
    r"\b(?:who|whom|whose|where|city|country|capital|island|river|ocean|lake|state|king|queen|emperor|empress|pope|explorer|"
    r"composer|poet|author|writer|painter|artist|president|dynasty|empire|planet|moon|language|nationality)\b",
    re.I,
)
_PLACE_ASKED = re.compile(
    r"\bwhere\b|\b(?:in|on|at|from|near) (?:which|what)\b|\b(?:which|what) (?:city|country|island)\b|\bcapital\b",
    re.I,
)
# What the author rules out: "not Sydney but", "rather than Sydney", "Although Sydney is larger,"
_SET_ASIDE = re.compile(
    r"""(?: \b(?:not|never)\b (?!\s+(?:only|just|merely|simply|until|before|more|less|fewer|to\s+be\s+confused)\b) | n['’]t\b
          | \b(?:rather\s+than|instead\s+of|unlike|as\s+opposed\s+to)\b )
          .{0,160}? (?= ,?\s*\bbut\b | [,;] | \b(?:is|are|was|were)\b | [.!?]?\s*\Z )
      | (?<!\w) (?:although|though|while|whereas|despite|even\s+though|contrary\s+to)\b [^,;]{0,120} ,
      | \b(?:an?|the)\s+(?:\w+\s+)?(?:example|kind|type|form|sort)\s+of\b
      | \b(?:many|some|most|people|you)\b [^,;]{0,60}?
          \b(?:think|believe|assume|say|guess|thought|believed)\b [^,;]{0,60}? (?=,?\s*\bbut\b)""",
    re.VERBOSE | re.IGNORECASE | re.DOTALL,
)
_CLAUSE = re.compile(
    r"[,(]\s*(?:but|which|who|whose|where|because|so|and (?:it|he|she|they|the)\b)|;|\(|\bbecause\b", re.I
)
_ARTICLE = r"(?:\s*(?:the|a|an|its|their|his|her))?[\s\"“”'‘*_`]*\Z"
_CALLED = re.compile(rf"\b(?:called|named|termed|known\s+as|stands\s+for|means){_ARTICLE}", re.I)
_LED = re.compile(rf"(?:\b(?:is|are|was|were|be|been|by|equals)\b|['’]s\b|[:=]){_ARTICLE}", re.I)
_QUALIFIES = re.compile(
    rf"\b(?:in|on|at|of|from|near|between|during|with|through|across|along|within|for|around|after|before|since|among|to\s+make){_ARTICLE}",
    re.I,
)


def key_span(question: str, answer: str) -> Span | None:
    """The span of the answer words, or None if the answer has none: ``no_key_span`` says why.

    It takes the first sentence with new content. Candidates are runs of words that are not
    in the question, not function words, not a marker and not ruled out ("not Sydney but"); the
    one with the lowest cost wins. Numbers keep their unit or currency; if the question asks for a year,
    only the year of a date counts.

    >>> text = "The capital of Australia is probably not Sydney but Canberra."
    >>> text[slice(*key_span("What is the capital of Australia?", text))]
    'Canberra'
    """
    if gives_no_answer(answer, question) or not_short(question, answer):
        return None
    spans = [(start, min(end, start + _REACH)) for start, end in sentence_spans(answer)[:_SENTENCES]]
    markers = [(match.start, match.end) for match in find_markers(answer)]
    for keep_set_aside in (False, True):  # an answer may consist of a denial only
        for start, end in spans:
            reading = _Reading(question, answer, start, end, markers)
            aside = [] if keep_set_aside else _set_aside(answer, start, end)
            if runs := reading.runs(aside):
                best = min(runs, key=reading.cost)
                return reading.asked_part(best)
    return None


def no_key_span(question: str, answer: str) -> str:
    """Why an answer has no answer words."""
    return not_short(question, answer) or "the answer adds nothing to the question"


def _set_aside(text: str, start: int, end: int) -> list[Span]:
    return [(start + match.start(), start + match.end()) for match in _SET_ASIDE.finditer(text[start:end])]


def _stem(word: str) -> str:
    folded = word.casefold().removesuffix("'s").removesuffix("’s")
    return re.sub(r"(?:es|s|ed|ing)$", "", folded) if len(folded) > 4 else folded


def _within(span: Span, spans: list[Span]) -> bool:
    return any(first < span[1] and span[0] < last for first, last in spans)


class _Reading:
    """One sentence of an answer, searched for the words that answer the question."""

    def __init__(self, question: str, text: str, start: int, end: int, markers: list[Span]) -> None:
        self.markers = [span for span in markers if _within(span, [(start, end)])]
        self.question, self.text, self.start, self.end = question, text, start, end
        self.asked = {_stem(word.group()) for word in _WORD.finditer(question)}
        self.wants_number = bool(_NUMBER_ASKED.search(question))
        numbers = number_spans(
            text[start:end], in_words=self.wants_number and not _DATE_ASKED.search(question)
        )
        self.numbers = [(start + first, start + last) for first, last in numbers]

    def runs(self, aside: list[Span]) -> list[Span]:
        """Runs of new words; two names joined only by a word such as "of" form one run."""
        runs: list[Span] = []
        between: list[str] = []  # words since the last run
        for word in self._words():
            text = self.text[slice(*word)]
            if _within(word, [*self.markers, *aside]):
                between.append("")
            elif self._new(word):
                if runs and self._joins(runs[-1], word, between):
                    runs[-1] = (runs[-1][0], word[1])
                else:
                    runs.append(word)
                between = []
            else:
                between.append(text)
        return runs

    def cost(self, run: Span) -> float:
        """How little a run looks like the answer; the lowest cost wins, and ties go to the first run.

        Names beat other words; numbers beat both if the question asks for one; words after "is", "by" or "called"
        beat words after "in the" or "of"; the main clause beats "which …" and "but …".
        """
        text = self.text[slice(*run)]
        before = self._before(run[0])
        cost = self._cost_of_kind(run, text)
        cost += 1.5 * len(_CLAUSE.findall(before))
        if _CALLED.search(before):
            return cost - 2
        if _LED.search(before):
            return cost - 1
        if last := re.search(r"([^\W\d_A-Z]+)\s+\Z", before):  # "the symbol Ta", "the city of"
            cost -= 0.5 * (_stem(last.group(1)) in self.asked and last.group(1) not in _PLAIN)
        if _QUALIFIES.search(before):
            cost += -0.5 if _PLACE_ASKED.search(self.question) else 1.5
        return cost

    def asked_part(self, run: Span) -> Span:
        """The year of a date if the question asks for a year; a name without preceding words and with its neighbours."""
        if _YEAR_ASKED.search(self.question):
            return next(years_within(self.text, *run), run)
        if _within(run, self.numbers):
            return run
        words = list(_WORD.finditer(self.text, *run))
        if not words[-1].group()[0].isupper():
            return run
        named = len(words)
        while named and (words[named - 1].group()[0].isupper() or words[named - 1].group() in _LINKS):
            named -= 1
        while words[named].group() in _LINKS:
            named += 1
        return self._with_neighbours(words[named].start(), run[1])

    def _cost_of_kind(self, run: Span, text: str) -> float:
        capitals = [word.group()[0].isupper() for word in _WORD.finditer(text)]
        if (_within(run, self.numbers) and any(char.isdigit() for char in text)) or self._is_word_number(run):
            years = _YEAR_ASKED.search(self.question) and any(years_within(self.text, *run))
            counted = self._counts(run)
            return -4.0 - 2 * bool(years) - 2 * counted if self.wants_number else 1.5
        if not any(capitals):
            return 3.0 if _PROPER_NAME_ASKED.search(self.question) else 2.0
        if not capitals[-1]:
            return 1.2  # "British author"
        opening = not _WORD.search(self.text, self.start, run[0]) and len(capitals) == 1
        return 0.6 if opening else 0.0  # a capital at the start of a sentence may not be a name

    def _is_word_number(self, run: Span) -> bool:
        return self.wants_number and _within(run, self.numbers)

    def _counts(self, run: Span) -> bool:
        """Whether a number counts what the question asks for: "30 months" for "How many months …?"."""
        counted = _COUNTED.search(self.question)
        if counted is None:
            return False
        after = self.text[run[0] : self.end].split()[:4]
        return _stem(counted.group(1)) in {_stem(word.strip(".,;:!?")) for word in after}

    def _words(self) -> list[Span]:
        words = [match.span() for match in _WORD.finditer(self.text, self.start, self.end)]
        return sorted([*(word for word in words if not _within(word, self.numbers)), *self.numbers])

    def _new(self, word: Span) -> bool:
        text = self.text[slice(*word)]
        if _within(word, self.numbers):
            parts = {_stem(part.group().rstrip("%")) for part in _WORD.finditer(text)}
            return not parts <= self.asked or self._counts(word)
        return text.casefold() not in _PLAIN and _stem(text) not in self.asked

    def _joins(self, run: Span, word: Span, between: list[str]) -> bool:
        if _within(word, self.numbers) or _within(run, self.numbers):
            return False
        gap = self.text[run[1] : word[0]]
        if re.search(r"[^\s&.'’\-]", _WORD.sub("", gap)) or re.search(r"[!?…]|\n", gap):
            return False
        names = all(self.text[place].isupper() for place in (run[0], word[0]))
        return not between or (names and all(word_between.casefold() in _LINKS for word_between in between))

    def _before(self, place: int) -> str:
        """The sentence up to a position, with its markers blanked out."""
        before = list(self.text[self.start : place])
        for first, last in self.markers:
            for index in range(max(first, self.start), min(last, place)):
                before[index - self.start] = " "
        return "".join(before)

    def _with_neighbours(self, start: int, end: int) -> Span:
        """A name with adjacent capitalized words that are in the question, too: "Charles Babbage", "Elizabeth I"."""
        while match := re.search(r"(?<![\w.])([A-Z][\w'’]*)\s+\Z", self.text[self.start : start]):
            if match.group(1).casefold() in _PLAIN or self.start + match.start() == self.start != start - len(
                match.group()
            ):
                break
            start = self.start + match.start(1)
        while match := re.compile(r"\s+([A-Z]\w*)(?!\w)(?!['’])").match(self.text, end, self.end):
            if match.group(1).casefold() in _PLAIN and not re.fullmatch(
                r"I+(?!\s+(?:think|believe|am))", match.group(1)
            ):
                break
            end = match.end()
        return start, end


@dataclass(frozen=True, slots=True)
class KeySpanProbability(Estimator):
    """Probability of the answer words: exp(Σ log p) over the tokens that overlap them.

    ``key_span`` finds them. Range 0 to 1; no further model call.
    Reference: none; scoring the answer words separately is common practice.

    >>> from estimators.types import Answer, Question, Token
    >>> words = (("It", 0.5), (" is", 0.9), (" New", 0.8), (" Delhi", 0.5), (".", 0.4))
    >>> given = Answer("It is New Delhi.", tuple(Token(text, math.log(p)) for text, p in words))
    >>> round(KeySpanProbability()(Evidence(Question("What is the capital?"), given)).confidence, 4)  # .8 · .5
    0.4
    """

    name: ClassVar[str] = "key_span_probability"
    title: ClassVar[str] = "Answer words"
    plain: ClassVar[str] = "The words that answer"
    meaning: ClassVar[str] = (
        "How sure the model was of the underlined words, which answer the question, when it wrote them."
    )
    side: ClassVar[str] = "token"
    needs: ClassVar[tuple[str, ...]] = ("tokens",)

    def read(self, evidence: Evidence) -> float:
        answer = evidence.answer
        answer_tokens(answer)
        span = present(
            key_span(evidence.question.text, answer.text), no_key_span(evidence.question.text, answer.text)
        )
        return math.exp(math.fsum(token.logprob for token in answer.tokens_in(*span)))
