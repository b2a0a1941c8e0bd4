"""Arithmetic questions from a seed: a small model gets some right, and their difficulty is visible."""

import random
from collections.abc import Callable

Row = dict[str, object]
# name → (sign, operation); the number of digits is drawn for each question
SIGNS: dict[str, tuple[str, Callable[[int, int], int]]] = {
    "plus": ("+", lambda a, b: a + b), "minus": ("-", lambda a, b: a - b), "times": ("×", lambda a, b: a * b),
}  # fmt: skip
MOST_DIGITS = {"plus": 4, "minus": 3, "times": 2}


def arithmetic_questions(n: int, seed: int, digits: int = 4) -> list[Row]:
    """n different questions in an even mixture, as rows of a question file, with numbers of at most ``digits`` digits.

    Differences use at most three digits and products at most two. Raises ValueError if fewer than n such questions exist.

    >>> arithmetic_questions(1, seed=0) == arithmetic_questions(1, seed=0)
    True
    """
    most = {name: min(digits, limit) for name, limit in MOST_DIGITS.items()}
    if n > (available := sum(_different(name, limit) for name, limit in most.items())):
        raise ValueError(
            f"numbers of at most {digits} digits give {available:,} different questions, not {n:,}"
        )
    rng = random.Random(seed)
    rows: dict[str, Row] = {}
    while len(rows) < n:
        name = rng.choice(tuple(SIGNS))
        a, b = (_number(rng, rng.randint(1, most[name])) for _ in range(2))
        if name == "minus":
            a, b = max(a, b), min(a, b)
        sign, calculate = SIGNS[name]
        text = f"What is {a} {sign} {b}?"
        rows[text] = {"id": f"{name}-{a}-{b}", "question": text, "answers": [str(calculate(a, b))]}
    shuffled = list(rows.values())
    rng.shuffle(shuffled)  # short numbers run out first; shuffled, all parts of the file are alike
    return shuffled


def _different(name: str, digits: int) -> int:
    """How many questions there are of one kind; a difference starts with its larger number."""
    numbers: int = 10**digits
    return numbers * (numbers + 1) // 2 if name == "minus" else numbers**2


def _number(rng: random.Random, digits: int) -> int:
    return rng.randint(10 ** (digits - 1) if digits > 1 else 0, 10**digits - 1)
