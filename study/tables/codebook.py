"""The codebook: the meaning, unit and values of every exported column.

An export has exactly these columns, in this order; files that are read back are checked against them.
"""

from collections.abc import Mapping
from typing import Any

from study.tables.columns import Column
from study.tables.trial_row import TRIALS

SESSION, STATUS = TRIALS[:3], TRIALS[3]  # the columns that several tables begin with

EVENTS: tuple[Column, ...] = (
    Column("event", "whole", "number of the event, in the order of storage"),
    *SESSION,
    Column(
        "kind",
        "text",
        "type of event; from the server: enter, shown, answer, completed, …; from the page: click, change, focus-lost, …",
    ),
    Column("screen", "text", "id of the screen, such as trial-03.final"),
    Column("client_time", "time", "time by the clock of the person’s device, which may be wrong"),
    Column("server_time", "time", "time by the server clock"),
    Column("payload", "json", "all other recorded data"),
)

ANSWERS: tuple[Column, ...] = (
    *SESSION,
    STATUS,
    Column(
        "condition",
        "text",
        "between subjects: the condition; within subjects: the condition of the current block",
    ),
    Column("screen", "text", "id of the screen, such as questionnaire-trust or check-c1"),
    Column("screen_kind", "text", "type of screen", values="consent · screening · check · questionnaire"),
    Column("field", "text", "name of the question"),
    Column("value", "text", "the answer; multiple selections are joined by “ | ”"),
    Column("passed", "yes/no", "attention check: the expected answer was given"),
    Column(
        "seconds",
        "number",
        "time from showing the screen to storing the answer, by the server clock",
        "seconds",
    ),
    Column("answered", "time", "when the answer was stored, by the server clock"),
)

PARTICIPANTS: tuple[Column, ...] = (
    *SESSION,
    STATUS,
    Column("condition", "text", "between subjects: the condition; within subjects: empty"),
    Column(
        "visit",
        "whole",
        "number of the visit, from 1; above 1 only if the design allows repeated participation",
    ),
    Column("steps_done", "whole", "number of screens completed"),
    Column("steps_total", "whole", "number of screens in the session"),
    Column("checks_passed", "whole", "number of attention checks passed"),
    Column("checks_failed", "whole", "number of attention checks failed"),
    Column("entered", "time", "when the session started"),
    Column("finished", "time", "when the session ended"),
    Column("minutes", "number", "time from entered to finished", "minutes"),
    Column("external_id", "text", "id from the recruiting platform; exported only with --with-ids"),
)

TABLES: Mapping[str, tuple[Column, ...]] = {
    "trials": TRIALS,
    "answers": ANSWERS,
    "participants": PARTICIPANTS,
    "events": EVENTS,
}
CODEBOOK = ("table", "column", "meaning", "unit", "values", "missing")


def codebook() -> list[dict[str, Any]]:
    """Every column of every table, one row each."""
    return [column.row(table) for table, columns in TABLES.items() for column in columns]
