"""Export everything a study recorded as tidy tables: ``python -m study export DESIGN --out FOLDER``.

The tables are trials (one row per trial), answers (one row per form question), participants, and events (one row per
event), each as CSV and as JSON Lines, with a codebook that explains every column. CSV cells that a spreadsheet would
treat as a formula start with a '. Ids from the recruiting platform are left out: add them with --with-ids to pay
people, and share the files without them.
"""

import argparse
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
from study.tables.tidy_files import BadData, csv_lines, jsonl_lines
from study.tables.tidy_rows import Row, Session, answer_rows, event_row, minutes_between, trial_rows

Lines = Callable[[Sequence[Column], Iterator[Row]], Iterator[str]]
FORMATS: dict[str, Lines] = {"csv": csv_lines, "jsonl": jsonl_lines}


def main(arguments: Sequence[str] | None = None) -> int:
    """Write the tables and the codebook; returns the exit code."""
    args = _parser().parse_args(arguments)
    store, study = _opened(args.design)
    try:
        if not store.participants(study):
            raise BadData(f"Nobody has taken part in {study} yet, so there is nothing to export.")
        args.out.mkdir(parents=True, exist_ok=True)
        for table in TABLES:
            counts = [
                _write(
                    args.out / f"{table}.{ending}",
                    lines(TABLES[table], table_rows(store, study, table, args.with_ids)),
                )
                for ending, lines in FORMATS.items()
            ]
            print(f"{counts[-1]:>9,} rows  {table}.csv, {table}.jsonl")
        for ending in FORMATS:
            _write(args.out / f"codebook.{ending}", codebook_lines(ending))
        print(f"Written to {args.out}; codebook.csv explains every column.")
    finally:
        store.close()
    return 0


def exported_trials(design: Path) -> list[Row]:
    """The rows of the trials table, from the database of a design."""
    store, study = _opened(design)
    try:
        return list(table_rows(store, study, "trials"))
    finally:
        store.close()


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


def _opened(path: Path) -> tuple[Store, str]:
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


def _write(file: Path, lines: Iterator[str]) -> int:
    """Write to a temporary file and rename it, so that no partial file is left; returns the number of lines."""
    count = 0
    beside = file.with_name(f".{file.name}.part")
    with beside.open("w", encoding="utf-8", newline="") as written:
        for line in lines:
            written.write(line)
            count += 1
    beside.replace(file)
    return count


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m study export",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("design", type=Path, metavar="DESIGN.yaml")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument(
        "--with-ids", action="store_true", help="include the ids from the recruiting platform"
    )
    return parser
