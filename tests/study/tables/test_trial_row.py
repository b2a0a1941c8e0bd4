"""The trial row is declared once: events, export, codebook and measures have their columns from it."""

from dataclasses import fields

from study.analysis.trials import Trials
from study.tables.codebook import TABLES, codebook
from study.tables.columns import columns_of
from study.tables.trial_row import TRIALS, TrialRow, from_event, to_event


def test_the_columns_are_the_fields_of_the_row() -> None:
    assert [column.name for column in TRIALS] == [field.name for field in fields(TrialRow)]
    assert TABLES["trials"] == TRIALS == columns_of(TrialRow)
    listed = [row["column"] for row in codebook() if row["table"] == "trials"]
    assert listed == list(TrialRow().to_dict())


def test_the_measures_take_columns_of_the_row() -> None:
    of_their_own = {"own_place", "final_place", "no_probability"}
    assert {field.name for field in fields(Trials)} - {
        field.name for field in fields(TrialRow)
    } == of_their_own


def test_a_row_comes_back_from_its_event_under_the_names_of_the_table() -> None:
    values = {
        "ai_answer": "Rome.",
        "ai_answer_length": 5,
        "ai_correct": True,
        "ai_confidence": 0.9,
        "ai_abstained": False,
    }
    stored = to_event(**values)
    assert (stored["answer_length"], stored["abstained"]) == (5, False)  # as in every database
    assert from_event(stored | {"kind": "trial"}) == values
