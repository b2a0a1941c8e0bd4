"""Export everything a study recorded as tidy tables: ``python -m study export DESIGN --out FOLDER``.

The tables are trials (one row per trial), answers (one row per form question), participants, and events (one row per
event), each as CSV and as JSON Lines, with a codebook that explains every column. CSV cells that a spreadsheet would
treat as a formula start with a '. Ids from the recruiting platform are left out: add them with --with-ids to pay
people, and share the files without them.
"""

import argparse
from pathlib import Path

from files.atomic import write_lines
from study.tables.codebook import TABLES
from study.tables.export import FORMATS, codebook_lines, store_of, table_rows
from study.tables.tidy_files import BadData


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The design and the folder."""
    parser.add_argument("design", type=Path, metavar="DESIGN.yaml")
    parser.add_argument("--out", type=Path, required=True, metavar="FOLDER")
    parser.add_argument(
        "--with-ids", action="store_true", help="include the ids from the recruiting platform"
    )


def run(args: argparse.Namespace) -> int:
    """Write the tables and the codebook; returns the exit code."""
    store, study = store_of(args.design)
    try:
        if not store.participants(study):
            raise BadData(f"Nobody has taken part in {study} yet, so there is nothing to export.")
        args.out.mkdir(parents=True, exist_ok=True)
        for table in TABLES:
            counts = [
                write_lines(
                    args.out / f"{table}.{ending}",
                    lines(TABLES[table], table_rows(store, study, table, args.with_ids)),
                )
                for ending, lines in FORMATS.items()
            ]
            print(f"{counts[-1]:>9,} rows  {table}.csv, {table}.jsonl")
        for ending in FORMATS:
            write_lines(args.out / f"codebook.{ending}", codebook_lines(ending))
        print(f"Written to {args.out}; codebook.csv explains every column.")
    finally:
        store.close()
    return 0
