"""Frozen answers, the same for every participant, read from and written to one file."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from estimators.serialization import BadRecord
from estimators.types import Assessment
from study.design.displays import missing
from study.design.model import Design
from study.design.parts import Item
from study.errors import BadDesign

SCHEMA = "credence.stimulus/1"


@dataclass(frozen=True, slots=True)
class Stimulus:
    """One item with its frozen answer and all the evidence about it."""

    id: str
    question: str
    options: tuple[str, ...]
    gold: tuple[str, ...]  # the right option, or accepted short answers; empty if unknown
    correct: bool | None  # whether the frozen answer is right; None only in an annotation study
    graded_by: str
    assessment: Assessment

    @property
    def answer(self) -> str:
        """The frozen answer."""
        return self.assessment.evidence.answer.text

    def to_dict(self) -> dict[str, Any]:
        """The JSON row in the file."""
        return {
            "schema": SCHEMA, "id": self.id, "question": self.question, "options": list(self.options),
            "gold": list(self.gold), "correct": self.correct, "graded_by": self.graded_by,
            "assessment": self.assessment.to_dict(),
        }  # fmt: skip


@dataclass(frozen=True, slots=True)
class Stimuli:
    """The frozen answers of a study, by the item's id."""

    by_id: Mapping[str, Stimulus]
    header: Mapping[str, Any]  # how they were made
    text: str  # of the file
    sha256: str  # of the file's bytes

    def get(self, item: str) -> Stimulus | None:
        """The frozen answer of an item, if there is one."""
        return self.by_id.get(item)


def written(header: Mapping[str, Any], stimuli: Iterable[Stimulus]) -> str:
    """The text of the file: a header row, then one row per item."""
    rows = [{"schema": SCHEMA, "frozen": dict(header)}, *(stimulus.to_dict() for stimulus in stimuli)]
    return "".join(json.dumps(row, ensure_ascii=False, allow_nan=False) + "\n" for row in rows)


NO_STIMULI = Stimuli({}, {}, "", hashlib.sha256(b"").hexdigest())


def read_stimuli(path: Path) -> Stimuli:
    """Read the frozen answers; none if the file does not exist. Raises BadDesign naming the line."""
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return NO_STIMULI
    except (OSError, UnicodeDecodeError) as error:
        raise BadDesign([f"{path} cannot be read ({error}). Freeze the answers again."]) from None
    return parse_stimuli(text, str(path))


def parse_stimuli(text: str, name: str = "the frozen answers") -> Stimuli:
    """Parse the text of a file of frozen answers."""
    by_id: dict[str, Stimulus] = {}
    header: Mapping[str, Any] = {}
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            row = json.loads(line)
            if not isinstance(row, dict) or row.get("schema") != SCHEMA:
                raise BadDesign(
                    [f"{name}, line {number}: not a row with schema {SCHEMA}; freeze the answers again."]
                )
            if "frozen" in row:
                header = dict(row["frozen"])
                continue
            stimulus = _stimulus(row)
        except (ValueError, KeyError, TypeError, BadRecord) as error:
            raise BadDesign([f"{name}, line {number}: {error}; freeze the answers again."]) from None
        if stimulus.id in by_id:
            raise BadDesign(
                [f"{name}, line {number}: the item {stimulus.id} occurs twice; freeze the answers again."]
            )
        by_id[stimulus.id] = stimulus
    return Stimuli(by_id, header, text, hashlib.sha256(text.encode()).hexdigest())


def _stimulus(row: Mapping[str, Any]) -> Stimulus:
    if not isinstance(row["correct"], bool | None):
        raise ValueError(f"correct is {row['correct']!r}, not true, false or null")
    return Stimulus(
        str(row["id"]), str(row["question"]), tuple(row["options"]), tuple(row["gold"]), row["correct"],
        str(row["graded_by"]), Assessment.from_dict(row["assessment"]),
    )  # fmt: skip


GIVEN = "the design"  # value of graded_by if the design states whether an answer is right


def answers(item: Item, stimulus: Stimulus) -> bool:
    """Whether a frozen answer still answers the item in the current design."""
    same = stimulus.question == item.question and stimulus.options == item.options
    return same and item.answer in (None, stimulus.answer)


def matches(item: Item, stimulus: Stimulus) -> bool:
    """Whether a frozen answer and its grade still fit the item in the current design."""
    if not answers(item, stimulus) or stimulus.gold != item.gold:
        return False
    if item.correct is None:
        return stimulus.graded_by != GIVEN
    return stimulus.graded_by == GIVEN and stimulus.correct == item.correct


def unready(design: Design, stimuli: Stimuli) -> tuple[str, ...]:
    """Reasons why the study cannot be run with these frozen answers; empty if it can."""
    conditions = [condition for condition in design.shown if not design.flow.is_live(condition)]
    if not conditions:
        return ()
    reasons = []
    for item in (*design.items, *design.practice):
        stimulus = stimuli.get(item.id)
        if stimulus is None:
            reasons.append(f"item {item.id} has no frozen answer yet: run `freeze`")
        elif not matches(item, stimulus):
            reasons.append(f"item {item.id} was changed after its answer was frozen: run `freeze` again")
        elif item.answer is not None and stimulus.assessment.decision.calibrated:
            reasons.append(
                f"item {item.id} shows a calibrated confidence, but no calibration applies to an answer from the "
                "design: run `freeze` again"
            )
        elif stimulus.correct is None and not design.flow.raters:
            reasons.append(
                f"item {item.id}: its answer could not be graded ({stimulus.graded_by}); add "
                "`correct: true` or `correct: false` to the item and run `freeze` again"
            )
        else:
            elements = tuple(dict.fromkeys(name for condition in conditions for name in condition.shows))
            for element, why in missing(stimulus.assessment, elements, design.verbalized).items():
                reasons.append(f"item {item.id} cannot show {element.replace('_', '-')}: {why}")
    return tuple(reasons)
