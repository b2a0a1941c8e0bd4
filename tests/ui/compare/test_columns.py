"""What the columns of a comparison ask, and what a page may ask for."""

from typing import Any

import pytest

from chains.settings import Settings
from ui.compare.columns import Column, read_columns, titles, usual_columns


def test_the_usual_columns_are_two_models_or_one_at_two_temperatures() -> None:
    settings = Settings(system="Be brief.")
    assert usual_columns(settings, ["tiny"]) == (Column("", 0, "Be brief."), Column("tiny", 0, "Be brief."))
    assert usual_columns(settings, []) == (Column("", 0, "Be brief."), Column("", 1.0, "Be brief."))
    assert usual_columns(Settings(temperature=1.5), [])[1].temperature == 0


def test_a_column_changes_only_its_own_settings() -> None:
    settings = Settings(seed=3, samples=5, temperature=0.2)
    assert Column("", 1.0, "Be brief.").settings(settings) == Settings(
        seed=3, samples=0, temperature=1.0, system="Be brief."
    )


def column(**changes: Any) -> dict[str, Any]:
    return {"spec": "", "temperature": 0, "system": "", **changes}


def test_only_models_that_are_offered_are_compared() -> None:
    sent = [column(), column(spec=" tiny ", temperature=0.5, system=" Be brief. ")]
    assert read_columns(sent, None) == (Column(), Column("tiny", 0.5, "Be brief."))
    assert read_columns(sent, ("tiny",))[1].spec == "tiny"
    with pytest.raises(ValueError, match="not offered"):
        read_columns(sent, ())


@pytest.mark.parametrize(
    "sent",
    [
        None,
        [column()],
        [column()] * 4,
        [column(), "tiny"],
        [column(), column(temperature=3)],
        [column(), column(temperature=None)],
    ],
)
def test_anything_else_is_refused(sent: Any) -> None:
    with pytest.raises(ValueError):
        read_columns(sent, None)


def test_titles_say_what_differs() -> None:
    columns = (Column(system="Be brief."), Column(), Column("tiny", 1.0))
    assert titles(columns, ("a", "a", "tiny")) == (
        "a, its own system message",
        "a, no system message",
        "tiny",
    )
