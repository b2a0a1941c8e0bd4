"""Sums with a seed: questions that a small model answers partly right, and whose difficulty can be seen."""

import random
from collections.abc import Callable

Made = dict[str, object]
# name → (sign in words, what it gives); digits are drawn for each question
SIGNS: dict[str, tuple[str, Callable[[int, int], int]]] = {
    "plus": ("+", lambda a, b: a + b), "minus": ("-", lambda a, b: a - b), "times": ("×", lambda a, b: a * b),
}  # fmt: skip
MOST_DIGITS = {"plus": 4, "minus": 3, "times": 2}


def arithmetic_questions(n: int, seed: int, digits: int = 4) -> list[Made]:
    """n different questions in an even mixture, as rows of a question file, in numbers of at most ``digits`` digits.

    However many are allowed, differences stop at three and products at two. Raises ValueError where there are fewer
    than n such questions.

    >>> arithmetic_questions(1, seed=0) == arithmetic_questions(1, seed=0)
    True
    """
    most = {name: min(digits, limit) for name, limit in MOST_DIGITS.items()}
    if n > (there := sum(_different(name, limit) for name, limit in most.items())):
        raise ValueError(f"numbers of at most {digits} digits give {there:,} different questions, not {n:,}")
    rng = random.Random(seed)
    made: dict[str, Made] = {}
    while len(made) < n:
        name = rng.choice(tuple(SIGNS))
        a, b = (_number(rng, rng.randint(1, most[name])) for _ in range(2))
        if name == "minus":
            a, b = max(a, b), min(a, b)
        sign, gives = SIGNS[name]
        text = f"What is {a} {sign} {b}?"
        made[text] = {"id": f"{name}-{a}-{b}", "question": text, "answers": [str(gives(a, b))]}
    rows = list(made.values())
    rng.shuffle(rows)  # short numbers run out first: any part of the file is like any other
    return rows


def _different(name: str, digits: int) -> int:
    """How many questions there are of one kind; a difference has its larger number first."""
    numbers: int = 10**digits
    return numbers * (numbers + 1) // 2 if name == "minus" else numbers**2


def _number(rng: random.Random, digits: int) -> int:
    return rng.randint(10 ** (digits - 1) if digits > 1 else 0, 10**digits - 1)
