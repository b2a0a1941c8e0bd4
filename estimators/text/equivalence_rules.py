"""Compares what sentence embeddings confuse: numbers, names, roles, opposites, negation, and non-answers."""

import re

from estimators.markers.matcher import find_markers
from estimators.markers.polarity import denies
from estimators.text.content_words import (
    FUNCTION_WORDS,
    denied_by_a_marker,
    fold,
    lead,
    listed,
    sentences,
    stem,
    without_doubt,
    words,
)
from estimators.text.lone_words import meant_as_itself
from estimators.text.non_answers import gives_no_answer
from estimators.text.proper_names import (
    NAMED_FOR,
    Name,
    names,
    not_in_question,
    same_name,
    shared,
    without_nationalities,
)
from estimators.text.quantities import Quantity, quantities, same_quantity

_YES_NO = re.compile(
    r"\s*(?:is|are|was|were|am|do|does|did|has|have|had|can|could|will|would|should|must|may)\b(?!.*\bor\b)",
    re.I,
)
_HOW_MANY = re.compile(
    r"\A\W*when\b|\b(?:how (?:many|much|long|far|old|high|tall|deep|heavy|big|large|often|fast)|since when|"
    r"what (?:time|age|share|fraction|percentage)|"
    r"(?:which|what) (?:\w+ )?(?:year|century|month|decade|temperature|number|day|date))\b",
    re.I,
)
_NEGATION = re.compile(
    r"\b(?:not(?!\s+(?:only|just|to\s+be\s+confused))|never|neither|nor|cannot|unable|nobody|nothing|nowhere|"
    r"incorrect|false|untrue|wrong|myth|misconception|no(?!\s*\.\s*\d))\b|n't\b",
    re.I,
)
_CONTRAST = re.compile(
    r",\s*(?:and\s+|but\s+)?not\b[^.,;]*|\bnot\b[^.;]*?\bbut\b|\b(?:is|was)n't\b[^.;]*?\bbut\b", re.I
)
_OPPOSITES = {
    frozenset(map(stem, pair.split("/")))
    for pair in listed(
    """
    north/south east/west northern/southern eastern/western open/closed open/shut larger/smaller bigger/smaller
    older/younger higher/lower more/less longer/shorter hotter/colder heavier/lighter faster/slower
    before/after rise/fall increase/decrease won/lost win/lose up/down true/false left/right above/below
    inside/outside hot/cold positive/negative first/last male/female day/night maximum/minimum increase/fall
    rise/decrease most/least largest/smallest
    """
)
}  # fmt: skip
_LETTER = re.compile(r"(?<![\w'.+-])(?:AB|[A-Z])[+-]?(?![\w'])")
_SORTS_OF_LETTERS = set(listed("vitamin type group blood letter class hepatitis grade note symbol symbol's"))
_PASSIVE = re.compile(r"\b(?:was|were|is|are|been|being|got)\s+(?:\w+\s+)?\w+\s+by\b", re.I)
_LISTING = {"and", "or", "with", "between", "both", "the", "also"}


def difference(a: str, b: str, question: str = "") -> str:
    """Why two answers to a question cannot mean the same, in a few words, or "".

    Words of the question count less, because both answers repeat them.

    >>> difference("It began in 1914.", "It began in 1918.", "When did it begin?")
    'different numbers (1914 and 1918)'
    >>> difference("Rembrandt", "It is by Rembrandt van Rijn.")
    ''
    """
    if a.split() != b.split() and not (words(a) and words(b)):
        return "one of them contains no word"
    letters = lone_letter(a, question), lone_letter(b, question)
    if all(letters) and letters[0] != letters[1]:
        return f"different letters ({letters[0]} and {letters[1]})"
    nothing = gives_no_answer(a, question), gives_no_answer(b, question)
    if any(nothing):
        return "" if all(nothing) else "one of them gives no answer"
    if asks_yes_or_no(question):
        verdicts = _verdict(a, question), _verdict(b, question)
        if verdicts[0] != verdicts[1]:
            return f"{verdicts[0]} and {verdicts[1]}"
        return ""
    number, settled = _numbers(a, b, question)
    if number:
        return number
    if not settled and (name := _names(a, b, question)):
        return name
    return _reversal(a, b, question)


def same_by_facts(a: str, b: str, question: str = "") -> bool:
    """Whether two answers without a :func:`difference` agree on what was asked, so that wording no longer matters.

    They agree if they share a verdict, a number, a name, or all new words of the shorter one.

    >>> same_by_facts("1914", "The war broke out in 1914, in summer.", "In which year did the war begin?")
    True
    """
    letters = lone_letter(a, question), lone_letter(b, question)
    if all(letters):
        return letters[0] == letters[1]
    if not (words(a) and words(b)):
        return False
    silent = [gives_no_answer(text, question) for text in (a, b)]
    if any(silent) or asks_yes_or_no(question):
        return all(silent) or not any(silent)
    ours, theirs = _new_numbers(a, question), _new_numbers(b, question)
    brief = all(len(lead(text, question).split()) <= 2 for text in (a, b))
    if ours and theirs and (brief or _HOW_MANY.search(question)):
        return same_quantity(ours[0], theirs[0])
    first, second = (_new_names(text, question) for text in (a, b))
    if first and second and NAMED_FOR.search(question) and same_name(first[0], second[0]):
        return True
    if all(_reversals(a, b, question)[:2]):
        return True  # "A is larger than B", "B is smaller than A"
    leads = [{stem(word) for word in words(lead(text, question))} for text in (a, b)]
    return all(leads) and (leads[0] <= leads[1] or leads[1] <= leads[0])


def lone_letter(text: str, question: str = "") -> str:
    """The letter, with its sign ("O-"), if it is all that an answer adds to its question, else "".

    >>> [lone_letter(text, "Which vitamin is it?") for text in ("A", "Vitamin A.", "It is a letter")]
    ['A', 'A', '']
    """
    plain = fold(text)
    letters = [match for match in _LETTER.finditer(plain) if meant_as_itself(plain, *match.span())]
    if len(letters) != 1:
        return ""
    rest = lead(plain[: letters[0].start()] + plain[letters[0].end() :], question)
    return "" if set(rest.lower().split()) - _SORTS_OF_LETTERS else letters[0].group()


def asks_yes_or_no(question: str) -> bool:
    """Whether a question asks for yes or no.

    >>> asks_yes_or_no("Is Pluto a planet?"), asks_yes_or_no("Is it red or blue?"), asks_yes_or_no("Who is it?")
    (True, False, False)
    """
    return _YES_NO.match(question) is not None


def _verdict(text: str, question: str) -> str:
    """The verdict on a yes-or-no question: an opening yes or no, else the parity of its negations."""
    opening = re.match(r"\W*(yes|no|true|false|correct|incorrect|indeed)\b", without_doubt(fold(text)), re.I)
    if opening:
        return "no" if opening.group(1).lower() in ("no", "false", "incorrect") else "yes"
    if any(denies(match.marker) for match in find_markers(text)):
        return "no"
    statement = without_doubt(fold(text))
    first = next(iter(sentences(statement)), statement)
    opposed = any(_opposed(word, question) for word in words(first))
    count = len(_NEGATION.findall(first)) - len(_NEGATION.findall(fold(question)))
    return "no" if (count + opposed) % 2 else "yes"


def _opposed(word: str, question: str) -> bool:
    asked = {stem(word) for word in words(question)}
    opposites = {other for pair in _OPPOSITES if stem(word) in pair for other in pair - {stem(word)}}
    return bool(opposites & asked) and stem(word) not in asked


def _new_numbers(text: str, question: str) -> list[Quantity]:
    asked = quantities(question, count_one=True)
    numbers = quantities(without_doubt(text), count_one=bool(re.search(r"\bhow many\b", question, re.I)))
    new = [
        number
        for number in numbers
        if not any(number.value == old.value and number.kind == old.kind for old in asked)
    ]
    return new if new or not _HOW_MANY.search(question) else list(numbers)


def _numbers(a: str, b: str, question: str) -> tuple[str, bool]:
    """Why the numbers differ, and whether their agreement settles the comparison."""
    ours, theirs = _new_numbers(a, question), _new_numbers(b, question)
    asks_for_number = bool(_HOW_MANY.search(question))
    if not ours or not theirs:
        return "", False
    for kind in ("month", "weekday"):
        dates = [[quantity for quantity in side if quantity.kind == kind] for side in (ours, theirs)]
        if (
            asks_for_number
            and all(dates)
            and not any(same_quantity(x, y) for x in dates[0] for y in dates[1])
        ):
            return f"different dates ({dates[0][0].text} and {dates[1][0].text})", False
    only_ours = [our for our in ours if not any(same_quantity(our, other) for other in theirs)]
    only_theirs = [their for their in theirs if not any(same_quantity(their, other) for other in ours)]
    agree = len(only_ours) < len(ours) and (
        not only_ours or not only_theirs or same_quantity(ours[0], theirs[0])
    )
    if not only_ours or not only_theirs or (asks_for_number and agree):
        return "", asks_for_number and agree
    if not asks_for_number and question and any(shared(*(_new_names(text, question) for text in (a, b)))):
        return "", False  # the question asked for the name
    x, y = only_ours[0], only_theirs[0]
    what = "unit" if x.value == y.value else "number"
    return f"different {what}s ({x.text} and {y.text})", False


def _new_names(text: str, question: str) -> tuple[Name, ...]:
    """The names in the first sentence that has a new one."""
    for sentence in sentences(text):
        if new_names := not_in_question(names(sentence, question), question):
            return without_nationalities(new_names)
    return ()


def _names(a: str, b: str, question: str) -> str:
    ours, theirs = _new_names(a, question), _new_names(b, question)
    if not ours and not theirs:
        ours, theirs = names(a, question), names(b, question)
        if any(shared(ours, theirs)):
            return ""
    if not ours or not theirs or same_name(ours[0], theirs[0]):
        return ""
    if len(list(shared(ours, theirs))) == len(ours) or len(list(shared(theirs, ours))) == len(theirs):
        return ""
    x, y = (" ".join(name).title() for name in (ours[0], theirs[0]))
    spoken = [{word.lower() for word in words(text)} for text in (a, b)]
    if spoken[1] >= {*ours[0]} and spoken[0] >= {*theirs[0]}:
        return ""  # each mentions the other's name, perhaps at the start of a sentence
    lower = {word for text in (a, b) for word in words(text) if word.islower()}
    if lower >= {*ours[0]} or lower >= {*theirs[0]}:
        return ""
    return f"different names ({x} and {y})"


def _reversal(a: str, b: str, question: str) -> str:
    """Swapped roles, an opposite word, a negation: an odd number of them reverses the meaning."""
    swapped, opposite, negated = _reversals(a, b, question)
    if (bool(swapped) + bool(opposite) + negated) % 2 == 0:
        return ""
    return "one of them denies it" if negated else swapped or opposite


def _reversals(a: str, b: str, question: str) -> tuple[str, str, bool]:
    """The reversals between two answers: swapped roles, an opposite word, and whether only one is negated."""
    first, second = (next(iter(sentences(without_doubt(text))), "") for text in (a, b))
    swapped = _swapped(first, second)
    words_a, words_b = ({stem(word) for word in words(text)} for text in (first, second))
    opposite = next(
        (sorted(pair) for pair in _OPPOSITES
         if len(pair & words_a) == 1 and len(pair & words_b) == 1 and pair & words_a != pair & words_b),
        None,
    )  # fmt: skip
    negated = _denies(a, first, question) != _denies(b, second, question)
    return swapped, f"opposites ({opposite[0]} and {opposite[1]})" if opposite else "", negated


def _denies(text: str, sentence: str, question: str) -> bool:
    """Whether the first sentence of an answer denies, by a negation or by a marker (already removed here)."""
    plain = _CONTRAST.sub(" ", fold(sentence))
    if _NEGATION.search(fold(question)):
        return False
    return (len(_NEGATION.findall(plain)) % 2 == 1) != denied_by_a_marker(text)


def _swapped(a: str, b: str) -> str:
    """A reason if two names are in swapped order, with the same verb voice and not merely in a list."""
    ours, theirs = names(a, "who"), names(b, "who")
    pairs = [(our, other) for our in ours for other in theirs if same_name(our, other)]
    if len(pairs) < 2:
        return ""
    (x, first), (y, second) = pairs[:2]
    if theirs.index(first) < theirs.index(second) or bool(_PASSIVE.search(a)) != bool(_PASSIVE.search(b)):
        return ""
    between = []
    for text, first_name, second_name in ((a, x, y), (b, second, first)):
        plain = [word.lower() for word in words(text)]
        start, end = (
            next((i for i, word in enumerate(plain) if word == name[-1]), -1)
            for name in (first_name, second_name)
        )
        between.append({stem(word) for word in plain[start + 1 : end] if word not in _LISTING})
    opposed = any(pair & between[0] and pair & between[1] for pair in _OPPOSITES)
    if not opposed and not between[0] & between[1] - {stem(word) for word in FUNCTION_WORDS}:
        return ""
    return "the roles are swapped"
