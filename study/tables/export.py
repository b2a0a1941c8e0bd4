"""The tables of a study, row by row from its database and line by line as files."""

import json
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from study.design.parts import Scale
from study.design.reader import read_design
from study.store.database import Store, open_store
from study.store.location import storage
from study.tables.codebook import CODEBOOK, TABLES, codebook
from study.tables.columns import Column
from study.tables.tidy_files import csv_lines, jsonl_lines, read_table
from study.tables.tidy_rows import Row, Session, answer_rows, event_row, minutes_between, trial_rows
from study.tables.trial_row import TRIALS

Lines = Callable[[Sequence[Column], Iterator[Row]], Iterator[str]]
FORMATS: dict[str, Lines] = {"csv": csv_lines, "jsonl": jsonl_lines}


def exported_trials(design: Path) -> list[Row]:
    """The rows of the trials table, from the database of a design."""
    store, study = store_of(design)
    try:
        return list(table_rows(store, study, "trials"))
    finally:
        store.close()


def trials_of(data: Path) -> list[dict[str, object]]:
    """The rows of the trials table, from an exported file or from the study’s database."""
    if data.suffix in (".csv", ".jsonl"):
        return list(read_table(data, TRIALS))
    return exported_trials(data)


def table_rows(store: Store, study: str, table: str, with_ids: bool = False) -> Iterator[Row]:
    """Stream the rows of one table of the codebook, person by person in order of entry.

    People who withdrew have only one row in ``participants``, which says so.
    """
    sessions = {(row.sha256, row.stimuli_sha256): json.loads(row.design) for row in store.designs(study)}
    if table == "events":
        by_id = {person.id: _session(person, sessions) for person in store.participants(study)}
        nobody = Session(study, "", "", "", None, "")
        for event in store.events(study):
            yield event_row(by_id.get(event.participant or "", nobody), event)
        return
    for person in store.participants(study):
        session = _session(person, sessions)
        if table == "participants":
            yield _person(person, with_ids)
        elif table == "trials":
            yield from trial_rows(session, store.events(study, person.id))
        else:
            yield from answer_rows(session, store.events(study, person.id, ("answer",)))


def table_lines(store: Store, study: str, table: str, ending: str, with_ids: bool = False) -> Iterator[str]:
    """One table in the format of that file extension, line by line."""
    return FORMATS[ending](TABLES[table], table_rows(store, study, table, with_ids))


def codebook_lines(ending: str) -> Iterator[str]:
    """The codebook in the format of that file extension, line by line."""
    columns = [Column(name, "text", "") for name in CODEBOOK]
    return FORMATS[ending](columns, iter(codebook()))


def store_of(path: Path) -> tuple[Store, str]:
    """The open database of a design, and the name of its study."""
    design = read_design(path).design
    return open_store(storage(design.study).url), design.study


def _session(person: Any, designs: dict[tuple[str, str], dict[str, Any]]) -> Session:
    design = designs.get((person.design_sha256, person.stimuli_sha256), {})
    items = [*design.get("items", ()), *design.get("practice", ())]
    return Session(
        person.study, person.design_sha256, person.id, person.status, person.checks_failed, design.get("flow", ""),
        scale=Scale.model_validate(design.get("confidence_scale") or {}),
        options={item["id"]: len(item.get("options") or ()) for item in items},
        condition=person.condition,
    )  # fmt: skip


def _person(person: Any, with_ids: bool) -> Row:
    return {
        "study": person.study,
        "design_sha256": person.design_sha256,
        "participant": person.id,
        "status": person.status,
        "condition": person.condition or None,
        "visit": person.visit,
        "steps_done": person.steps_done,
        "steps_total": person.steps_total,
        "checks_passed": person.checks_passed,
        "checks_failed": person.checks_failed,
        "entered": person.entered,
        "finished": person.finished,
        "minutes": minutes_between(person.entered, person.finished),
        "external_id": person.external_id if with_ids else None,
    }
