"""The lexicon: rows, and norms compared with the raw surveys."""

import csv
import gzip
import re
from collections import defaultdict
from pathlib import Path

import numpy as np
import pytest

from estimators.markers.lexicon import LexiconEntry, lexicon

HERE = Path(__file__).parent
NORMS = HERE.parents[3] / "shared" / "data" / "marker_norms"
SURVEYS = ("CAPphrase 2026", "zonination 2015")

# Published medians in per cent, as the methods page lists them.
MEDIANS = {
    "will happen": 100, "almost certain": 95, "highly likely": 90, "very good chance": 80, "likely": 75,
    "probable": 75, "probably": 75, "we believe": 70, "realistic possibility": 60, "better than even": 60,
    "about even": 50, "may": 40, "might": 40, "could": 40, "probably not": 26.5, "we doubt": 25,
    "unlikely": 20, "little chance": 10, "chances are slight": 10, "improbable": 10, "remote chance": 5,
    "highly unlikely": 5, "almost no chance": 2,
}  # fmt: skip

SURVEYED = [entry for entry in lexicon() if entry.n is not None]
ASSUMED = [entry for entry in lexicon() if entry.n is None]


def is_well_formed(entry: LexiconEntry) -> bool:
    """Whether a row is tidy, and borrowed exactly where nobody was asked; the reader checks the range."""
    borrowed = entry.source.startswith("assumption: ")
    return (
        entry.phrase == " ".join(entry.phrase.split())
        and (borrowed or entry.source.startswith(SURVEYS))
        and (entry.n is None) == borrowed
        and not (entry.in_words and borrowed)
    )


def test_every_row_is_well_formed() -> None:
    assert [entry for entry in lexicon() if not is_well_formed(entry)] == []


def test_every_published_median_is_in_the_lexicon() -> None:
    assert {entry.marker: entry.norm for entry in SURVEYED} == pytest.approx(
        {marker: percent / 100 for marker, percent in MEDIANS.items()}
    )


def test_phrases_of_one_marker_share_its_values() -> None:
    values = defaultdict(set)
    for entry in lexicon():
        values[entry.marker].add((entry.norm, entry.low, entry.high, entry.source))
    assert {marker: v for marker, v in values.items() if len(v) > 1} == {}


def borrowed_values(source: str) -> tuple[float, float, float] | None:
    """The low, norm and high that a source without a survey stands for; None if it names no surveyed phrase."""
    borrowed = re.fullmatch(r"assumption: (nearest to|the complement of) '(.+)'", source)
    surveyed = next((entry for entry in SURVEYED if borrowed and entry.phrase == borrowed[2]), None)
    if borrowed is None or surveyed is None:
        return None
    if borrowed[1] == "the complement of":
        return 1 - surveyed.high, 1 - surveyed.norm, 1 - surveyed.low
    return surveyed.low, surveyed.norm, surveyed.high


def test_borrowed_norms_have_the_values_of_the_phrases_they_name() -> None:
    borrowing = [entry for entry in ASSUMED if entry.marker != "possible"]
    values = {entry.phrase: (entry.low, entry.norm, entry.high) for entry in borrowing}
    assert values == {entry.phrase: pytest.approx(borrowed_values(entry.source)) for entry in borrowing}


def test_possible_borrows_from_no_phrase_but_shows_the_range_of_the_surveys() -> None:
    entry = next(entry for entry in ASSUMED if entry.phrase == "possible")
    assert (entry.low, entry.norm, entry.high) == (0.45, 0.525, 0.6)
    assert "45 to 60" in entry.source


def test_the_lexicon_has_at_least_150_markers() -> None:
    assert len({entry.marker for entry in lexicon()}) >= 150


def survey_answers() -> dict[str, dict[str, list[float]]]:
    """Source → phrase (lower case) → the probabilities that people gave, in percent."""
    answers: dict[str, dict[str, list[float]]] = {source: defaultdict(list) for source in SURVEYS}
    with gzip.open(NORMS / "capphrase_absolute.csv.gz", "rt", encoding="utf-8") as file:
        for row in csv.DictReader(file):
            answers["CAPphrase 2026"][row["term"].lower()].append(float(row["probability"]))
    with (NORMS / "perceptions_probly.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            for term, value in row.items():
                answers["zonination 2015"][term.lower()].append(float(value))
    return answers


@pytest.mark.skipif(not NORMS.is_dir(), reason="needs the raw surveys in ../shared/data/marker_norms")
def test_norms_and_quartiles_match_the_raw_surveys() -> None:
    answers = survey_answers()
    checked = set()
    for entry in SURVEYED:
        parts = re.fullmatch(r"(?P<survey>.+? \d{4})(?: as '(?P<term>.+)')?, n = (?P<n>[\d,]+)", entry.source)
        assert parts, entry.source
        stated = answers[parts["survey"]][parts["term"] or entry.marker]
        assert len(stated) == entry.n == int(parts["n"].replace(",", ""))
        quartiles = np.percentile(stated, [25, 50, 75]) / 100
        assert (entry.low, entry.norm, entry.high) == pytest.approx(tuple(quartiles)), entry.phrase
        checked.add((parts["survey"], parts["term"] or entry.marker))
    # CAPphrase is used wherever it asked for the phrase; zonination only fills in.
    assert {term for survey, term in checked if survey == "CAPphrase 2026"} == set(answers["CAPphrase 2026"])
    assert {term for survey, term in checked if survey == "zonination 2015"} == (
        set(answers["zonination 2015"]) - set(answers["CAPphrase 2026"]) - {"almost certainly"}
    )
