"""Numbers and dates as they are written, with their unit or currency."""

import pytest

from estimators.text.written_numbers import number_spans, years_within


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("Water boils at 100 °C.", ["100 °C"]), ("−40 °C", ["−40 °C"]),
        ("100 degrees Celsius", ["100 degrees Celsius"]),
        ("5 km", ["5 km"]), ("$3", ["$3"]), ("US$ 3.5 million", ["US$ 3.5 million"]), ("€5", ["€5"]),
        ("3 euros", ["3 euros"]),
        ("20 %", ["20 %"]), ("20%", ["20%"]), ("1,000 people", ["1,000"]), ("1 000", ["1 000"]),
        ("2.5 million years", ["2.5 million years"]), ("299,792 km per second", ["299,792 km per second"]),
        ("9.8 m/s²", ["9.8 m/s²"]), ("60 km/h", ["60 km/h"]), ("10–12 days", ["10–12 days"]),
        ("1453-1455", ["1453-1455"]),
        ("the 14th century", ["14th century"]), ("753 BC", ["753 BC"]), ("AD 79", ["AD 79"]), ("3/4", ["3/4"]),
        ("April 15, 1912", ["April 15, 1912"]), ("15 April 1912", ["15 April 1912"]),
        ("November of 1989", ["November of 1989"]),
        ("eight legs", ["eight"]), ("twenty-one days", ["twenty-one days"]),
        ("two hundred and five", ["two hundred and five"]),
        ("206 bones", ["206"]), ("In 1990 there", ["1990"]), ("One of the team", []), ("CO2 and vitamin B12", []),
        ("", []),
    ],
)  # fmt: skip
def test_numbers_keep_their_unit(text: str, numbers: list[str]) -> None:
    assert [text[slice(*span)] for span in number_spans(text, in_words=True)] == numbers


@pytest.mark.parametrize(
    ("text", "years"),
    [
        ("April 15, 1912", ["1912"]), ("44 BC", ["44 BC"]), ("15 March 44 BC", ["44 BC"]), ("1066 AD", ["1066 AD"]),
        ("1453-1455", ["1453", "1455"]), ("about 1,200", []), ("15 April", []),
    ],
)  # fmt: skip
def test_the_year_of_a_date(text: str, years: list[str]) -> None:
    assert [text[slice(*span)] for span in years_within(text, 0, len(text))] == years
