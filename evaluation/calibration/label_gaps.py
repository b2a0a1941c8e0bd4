"""Finds answers that a person left unlabelled: only labels without gaps can support a guarantee.

For each model, the chat numbers the answers that a calibration could use and writes the number into the label.
Someone who labels only some answers chooses them by what they see, so such labels say nothing about the rest.
"""

from collections.abc import Collection, Mapping
from pathlib import Path
from typing import Any

from estimators.calibration.guarantee import CHOSEN, UNRECORDED
from estimators.calibration.record import misfit_model
from estimators.types import Provenance
from files.json_lines import numbered_objects


def gap_reason(path: Path, used: Collection[str], model: Provenance) -> str:
    """Why nothing can be guaranteed from these labels; empty if every answer from the first to the last was labelled.

    ``used``: ids of the labels that a calibration would use, all of ``model``.
    """
    latest: dict[str, Mapping[str, Any]] = {
        str(row.get("id")): row for _, row in numbered_objects(path) if not misfit_model(_origin(row), model)
    }
    numbers = {label: number for label, row in latest.items() if isinstance(number := row.get("number"), int)}
    if not set(used) <= set(numbers) or len(set(numbers.values())) < len(numbers):
        return UNRECORDED
    labelled = {number for label, number in numbers.items() if latest[label].get("label") in ("yes", "no")}
    if not labelled:
        return UNRECORDED
    gaps = max(labelled) - min(labelled) + 1 - len(labelled)
    if not gaps:
        return ""
    which = "1 answer was" if gaps == 1 else f"{gaps:,} answers were"
    return f"{CHOSEN}, and {which} not labelled right or wrong between the first and the last of them"


def _origin(row: Mapping[str, Any]) -> Provenance:
    who = row["assessment"]["evidence"]["provenance"]
    return Provenance(str(who["model"]), model_sha256=who.get("model_sha256"))
