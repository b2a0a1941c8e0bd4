"""Checks the input of every metric: confidences or scores, and whether each answer was correct."""

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from estimators.missing import Missing

Floats = NDArray[np.float64]
Array = Sequence[Any] | NDArray[Any]


class NotDefined(Missing):
    """A metric does not exist for these data; the text says why and is shown in its place."""


def numbers(name: str, values: Array) -> Floats:
    """The values as finite numbers, shape (n,); raises NotDefined without any, ValueError for a bad one.

    >>> numbers("confidence", [0.5, 1])
    array([0.5, 1. ])
    """
    try:
        array = np.asarray(values, dtype=np.float64)
    except (TypeError, ValueError):
        raise ValueError(f"{name} contains something that is not a number") from None
    if array.ndim != 1:
        raise ValueError(f"{name} has the shape {array.shape}; it needs one number per answer")
    if not array.size:
        raise NotDefined("there are no answers")
    if not np.isfinite(array).all():
        place = int(np.flatnonzero(~np.isfinite(array))[0])
        raise ValueError(f"{name}[{place}] is {array[place]}: leave out missing values")
    return array


def shares(name: str, values: Array) -> Floats:
    """The values as numbers from 0 to 1, shape (n,); raises ValueError naming the first that is not."""
    array = numbers(name, values)
    outside = (array < 0) | (array > 1)
    if outside.any():
        place = int(np.flatnonzero(outside)[0])
        raise ValueError(f"{name}[{place}] is {array[place]}: not in [0, 1]")
    return array


def outcomes(correct: Array) -> Floats:
    """Whether each answer was correct, as 0 or 1, shape (n,); raises ValueError naming the first other value."""
    array = numbers("correct", correct)
    other = (array != 0) & (array != 1)
    if other.any():
        place = int(np.flatnonzero(other)[0])
        raise ValueError(f"correct[{place}] is {array[place]}: neither 0 nor 1")
    return array


def same_length(first: Floats, second: Floats) -> None:
    """Raise ValueError unless both have the same length."""
    if first.size != second.size:
        raise ValueError(f"{first.size} values against {second.size}")


def judged(confidence: Array, correct: Array) -> tuple[Floats, Floats]:
    """Confidences in [0, 1] and outcomes of the same answers, each of shape (n,)."""
    c, y = shares("confidence", confidence), outcomes(correct)
    same_length(c, y)
    return c, y


def ranked(score: Array, correct: Array) -> tuple[Floats, Floats]:
    """Scores on any scale, higher = surer, and outcomes of the same answers, each of shape (n,)."""
    s, y = numbers("score", score), outcomes(correct)
    same_length(s, y)
    return s, y


def need_both(name: str, correct: Floats) -> None:
    """Raise NotDefined unless some answers are correct and some wrong."""
    if correct.min() == correct.max():
        which = "correct" if correct[0] else "wrong"
        there = f"all {correct.size} are" if correct.size > 1 else "the only one is"
        raise NotDefined(f"{name} needs correct and wrong answers, but {there} {which}")
