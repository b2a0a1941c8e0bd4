"""Reads the numbers in a text: digits, number words, ordinals and shares, with their units."""

import re
from dataclasses import dataclass, replace
from math import isclose

from estimators.text.content_words import fold, listed

_ONES = listed(
    """
    zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen
    seventeen eighteen nineteen
    """
)
_TENS = listed(
    """
    twenty thirty forty fifty sixty seventy eighty ninety
    """
)
SCALES = {"hundred": 1e2, "thousand": 1e3, "million": 1e6, "billion": 1e9, "trillion": 1e12}
NUMBER_WORDS = {word: float(value) for value, word in enumerate(_ONES)}
NUMBER_WORDS |= {word: 10.0 * value for value, word in enumerate(_TENS, 2)}
NUMBER_WORDS |= {f"{word}th": value for word, value in NUMBER_WORDS.items() if word not in _TENS}
NUMBER_WORDS |= {f"{word[:-1]}ieth": NUMBER_WORDS[word] for word in _TENS}
NUMBER_WORDS |= {"first": 1, "second": 2, "third": 3, "fifth": 5, "eighth": 8, "ninth": 9, "twelfth": 12}
NUMBER_WORDS |= {"once": 1, "twice": 2, "thrice": 3, "half": 0.5, "dozen": 12}

# kind → words for each unit, and its size in the first unit of the kind
_SPELLINGS: dict[str, dict[str, float]] = {
        "length": {"m metre metres meter meters": 1, "km kilometre kilometres kilometer kilometers": 1e3,
                   "cm centimetre centimetres centimeter centimeters": 0.01, "mile miles mi": 1609.344,
                   "mm millimetre millimetres millimeter millimeters": 1e-3, "ft foot feet": 0.3048,
                   "inch inches": 0.0254, "yard yards": 0.9144},
        "mass": {"g gram grams": 1, "kg kilo kilos kilogram kilograms": 1e3, "mg milligram milligrams": 1e-3,
                 "t ton tons tonne tonnes": 1e6, "lb lbs pound pounds": 453.592, "oz ounce ounces": 28.35},
        "time": {"s sec second seconds": 1, "min mins minute minutes": 60, "h hour hours": 3600,
                 "day days": 86400, "week weeks": 604800, "month months": 2629800, "year years": 31557600},
        "volume": {"l litre litres liter liters": 1, "ml millilitre millilitres": 1e-3,
                   "gallon gallons": 3.785},
        "share": {"% percent": 0.01},
        "century": {"century centuries": 1},
        "temperature": {"celsius c °c": 1, "fahrenheit f °f": 0, "kelvin k": -1},
}  # fmt: skip
UNITS = {
    word: (kind, factor)
    for kind, units in _SPELLINGS.items()
    for spellings, factor in units.items()
    for word in spellings.split()
}
MONTHS = listed(
    """
    January February March April May June July August September October November December
    """
)
_DAYS = listed(
    """
    Monday Tuesday Wednesday Thursday Friday Saturday Sunday
    """
)
_CALENDAR = re.compile(rf"\b({'|'.join(MONTHS)}|{'|'.join(_DAYS)})s?\b")

_TOKEN = re.compile(
    r"(?<![\w.,])-?\d{1,3}(?:[,\s]\d{3})+(?:\.\d+)?(?![\w,])|(?<![\w.,])-?\d+(?:\.\d+)?"
    r"|°\s?[CFcf]\b|%|[A-Za-z][A-Za-z0-9]*|[^\s]"
)
_ORDINAL = ("st", "nd", "rd", "th", "s")
_ROUGHLY = {"about", "around", "roughly", "approximately", "nearly", "almost", "some", "over", "circa", "~"}
_ONE_SIDED = {"degrees", "degree", "per", "cent", "full", "calendar"}


@dataclass(frozen=True, slots=True)
class Quantity:
    """One number in a text, with its unit."""

    value: float  # as written
    kind: str = ""  # length · mass · time · volume · share · century · temperature · month · weekday
    factor: float = 1.0  # size of its unit
    rough: bool = False  # "about 300"
    text: str = ""

    @property
    def size(self) -> float:
        """The value in the first unit of its kind."""
        if self.kind == "temperature":
            return {1: self.value, 0: (self.value - 32) / 1.8, -1: self.value - 273.15}[int(self.factor)]
        return self.value * self.factor


def quantities(text: str, count_one: bool = False) -> tuple[Quantity, ...]:
    """The numbers of a text, in order; the word "one" only if it counts something.

    >>> [(q.value, q.kind) for q in quantities("One of them weighs two thousand kg, 50% in the 15th century")]
    [(2000.0, 'mass'), (50.0, 'share'), (15.0, 'century')]
    """
    plain = re.sub(r"per\s+cent\b", "percent", fold(text))
    tokens = _TOKEN.findall(plain)
    located: list[tuple[int, int, Quantity]] = []
    place = 0
    while place < len(tokens):
        value, end = _number(tokens, place)
        if value is None:
            place += 1
            continue
        if tokens[place].lower() == "one" and end == place + 1 and not count_one and len(tokens) > 2:
            following = tokens[end].lower() if end < len(tokens) else ""
            if following not in UNITS:
                place = end
                continue
        quantity, end = _with_unit(value, tokens, place, end)
        located.append((place, end, quantity))
        place = end
    dates = tuple(_date(match.group(1)) for match in _CALENDAR.finditer(plain))
    return (*_joined(located, tokens), *dates)


def same_quantity(a: Quantity, b: Quantity) -> bool:
    """Whether two numbers are equal after converting units, allowing for "about" and for rounding.

    >>> km, miles = quantities("5 km or 3.1 miles")
    >>> same_quantity(km, miles)
    True
    """
    if a.kind and b.kind and a.kind != b.kind:
        return False
    if {a.kind, b.kind} == {"century", ""}:
        century, year = (a, b) if a.kind else (b, a)
        return year.value == century.value or (year.value - 1) // 100 + 1 == century.value
    if a.kind != b.kind:
        return isclose(a.value, b.value) or isclose(a.size, b.size)
    if not a.kind and min(a.value, b.value) >= 1000 and max(a.value, b.value) <= 2100:
        return a.value == b.value  # years
    if isclose(a.size, b.size, rel_tol=0.02 if a.factor != b.factor else 1e-9):
        return True
    if a.kind in ("century", "month", "weekday"):
        return False
    return _rounds(a, b) or (
        (a.rough or b.rough) and min(abs(a.size), abs(b.size)) > 9 and isclose(a.size, b.size, rel_tol=0.03)
    )


def _rounds(a: Quantity, b: Quantity) -> bool:
    """8 minutes for 8.3 minutes: a whole number of five or more matches the numbers that round to it."""
    if a.kind == "temperature":
        return False
    for whole, exact in ((a, b), (b, a)):
        other = exact.size / whole.factor
        if whole.value == int(whole.value) >= 5 and other != int(other) and int(other + 0.5) == whole.value:
            return True
    return False


def _number(tokens: list[str], start: int) -> tuple[float | None, int]:
    """The number that starts at a token, and its end."""
    total, current, place, seen = 0.0, 0.0, start, False
    while place < len(tokens):
        word = tokens[place].lower()
        if re.match(r"-?\d", word):
            if seen:
                break
            current, seen = float(re.sub(r"[,\s]", "", word)), True
            if place + 1 < len(tokens) and tokens[place + 1].lower() in _ORDINAL:
                place += 1
        elif word in SCALES and (seen or (place and tokens[place - 1].lower() == "a") or place == start):
            current = (current or 1.0) * SCALES[word]
            if SCALES[word] > 100:
                total, current = total + current, 0.0
            seen = True
        elif word in NUMBER_WORDS and (not seen or _continues(tokens[start:place], word, current)):
            current, seen = current + NUMBER_WORDS[word], True
        elif not (seen and word in ("and", "-", "a") and _joins_next_number(tokens, place)):
            break
        place += 1
    return (total + current, place) if seen else (None, start)


def _continues(before: list[str], word: str, current: float) -> bool:
    """Whether a number word continues the number before it: "forty-two", "hundred and five", "one and a half"."""
    value = NUMBER_WORDS[word]
    if word == "half":
        return "and" in before
    return before[-1].lower() in (*_TENS, "-", "and", *SCALES) and (
        current == 0 or (current % 100 == 0 and value < 100) or (current % 10 == 0 and value < 10)
    )


def _joins_next_number(tokens: list[str], place: int) -> bool:
    rest = [token.lower() for token in tokens[place + 1 : place + 3]]
    if tokens[place] == "-":
        return bool(rest) and rest[0] in {*NUMBER_WORDS, *SCALES} and tokens[place - 1].lower() in _TENS
    if rest[:2] == ["a", "half"] or (tokens[place].lower() == "a" and rest[:1] == ["half"]):
        return True
    return bool(rest) and tokens[place - 1].lower() in SCALES and rest[0] in NUMBER_WORDS


def _with_unit(value: float, tokens: list[str], start: int, end: int) -> tuple[Quantity, int]:
    rough = bool({token.lower() for token in tokens[max(0, start - 2) : start]} & _ROUGHLY)
    written = re.sub(r" (st|nd|rd|th|s)\b", r"\1", " ".join(tokens[start:end]).replace(" - ", "-"))
    quantity = Quantity(value, rough=rough, text=written)
    after = end
    while after < len(tokens) and (tokens[after].lower() in _ONE_SIDED or tokens[after] in "-°"):
        after += 1
    word = "".join(tokens[after].lower().split()) if after < len(tokens) else ""
    if word in ("bc", "bce") or (word == "b" and "".join(tokens[after : after + 3]).lower() == "b.c"):
        return replace(quantity, value=-value, text=f"{quantity.text} BC"), after + 1
    if word in UNITS and not (word in "cfkstlh" and value >= 1000):
        kind, factor = UNITS[word]
        return replace(quantity, kind=kind, factor=factor, text=f"{quantity.text} {tokens[after]}"), after + 1
    return quantity, end


def _joined(located: list[tuple[int, int, Quantity]], tokens: list[str]) -> list[Quantity]:
    """The numbers, with the parts of one quantity added up: "8 minutes and 20 seconds"."""
    numbers: list[Quantity] = []
    last = 0
    for start, end, quantity in located:
        between = {token.lower() for token in tokens[last:start]}
        if numbers and quantity.kind and numbers[-1].kind == quantity.kind and between <= {"and", ","}:
            previous = numbers[-1]
            if previous.factor > quantity.factor > 0 and quantity.kind in ("time", "length", "mass"):
                total = (previous.size + quantity.size) / quantity.factor
                numbers[-1] = replace(quantity, value=total, text=f"{previous.text} {quantity.text}")
                last = end
                continue
        numbers.append(quantity)
        last = end
    return numbers


def _date(word: str) -> Quantity:
    if word in MONTHS:
        return Quantity(MONTHS.index(word) + 1.0, "month", text=word)
    return Quantity(_DAYS.index(word) + 1.0, "weekday", text=word)
