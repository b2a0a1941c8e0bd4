"""Sums with a seed: questions that a small model answers partly right, and whose difficulty can be seen."""

import random
from collections.abc import Callable, Iterator

Made = dict[str, object]
# name → (sign in words, what it gives); digits are drawn for each question
SIGNS: dict[str, tuple[str, Callable[[int, int], int]]] = {
    "plus": ("+", lambda a, b: a + b), "minus": ("-", lambda a, b: a - b), "times": ("×", lambda a, b: a * b),
}  # fmt: skip
MOST_DIGITS = {"plus": 4, "minus": 3, "times": 2}


def arithmetic_questions(n: int, seed: int) -> Iterator[Made]:
    """n different questions, as rows of a question file; sums of up to four digits, products of up to two.

    >>> next(arithmetic_questions(1, seed=0))["answers"] == next(arithmetic_questions(1, seed=0))["answers"]
    True
    """
    rng = random.Random(seed)
    seen: set[str] = set()
    while len(seen) < n:
        name = rng.choice(tuple(SIGNS))
        a, b = (_number(rng, rng.randint(1, MOST_DIGITS[name])) for _ in range(2))
        if name == "minus":
            a, b = max(a, b), min(a, b)
        sign, gives = SIGNS[name]
        text = f"What is {a} {sign} {b}?"
        if text not in seen:
            seen.add(text)
            yield {"id": f"{name}-{a}-{b}", "question": text, "answers": [str(gives(a, b))]}


def _number(rng: random.Random, digits: int) -> int:
    return rng.randint(10 ** (digits - 1) if digits > 1 else 0, 10**digits - 1)
