"""A confidence in words."""

import pytest

from estimators.markers.matcher import nearest_marker
from estimators.percent import frequency


@pytest.mark.parametrize(
    ("confidence", "text"),
    [
        (0.72, "about 3 in 4"),
        (0.81, "about 4 in 5"),
        (0.5, "about 1 in 2"),
        (0.95, "about 19 in 20"),
        (0.98, "almost always"),
        (0.01, "almost never"),
    ],
)
def test_frequency_is_the_simplest_within_four_points(confidence: float, text: str) -> None:
    assert frequency(confidence) == text


def test_every_frequency_is_within_four_points() -> None:
    for step in range(26, 975):
        confidence = step / 1000
        part, whole = frequency(confidence).removeprefix("about ").split(" in ")
        assert abs(int(part) / int(whole) - confidence) <= 0.04


def test_in_words_is_the_nearest_surveyed_marker() -> None:
    assert [nearest_marker(confidence).phrase for confidence in (0.5, 0.95, 0.2)] == [
        "about even",
        "almost certain",
        "unlikely",
    ]
