"""Recognises the layout of a file and reads its questions, or says what is wrong with it."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

from evaluation.questions.layouts.choice import CHOICE_LAYOUTS
from evaluation.questions.layouts.containers import Row
from evaluation.questions.layouts.entry import Entry, Fields, Layout, Skipped, Unreadable
from evaluation.questions.layouts.fields import fold, folded
from evaluation.questions.layouts.short import OWN, SHORT_LAYOUTS
from files.errors import BadFile

LAYOUTS: tuple[Layout, ...] = (*SHORT_LAYOUTS, *CHOICE_LAYOUTS, OWN)  # the first that fits is used
NAMES = tuple(dict.fromkeys(layout.name for layout in LAYOUTS if layout.data_set))

# Other names for the columns question, choices and answer.
_SYNONYMS = {
    "question": ("prompt", "query", "q", "text", "stem", "input", "instruction", "problem", "questiontext"),
    "choices": ("alternatives", "candidates", "possibilities", "answerchoices", "multiplechoice", "mcoptions"),
    "answer": (
        "target", "targets", "gold", "goldanswer", "label", "solution", "output", "reference", "references", "correct",
        "correctanswer", "right", "rightanswer", "expected", "expectedanswer", "groundtruth", "response", "a",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Placed:
    """A question and its place in the file."""

    place: str  # "line 3"
    entry: Entry


@dataclass(slots=True)
class QuestionRows:
    """The questions of one file or data set, with notes about it."""

    questions: list[Placed] = field(default_factory=list)
    layouts: Counter[str] = field(default_factory=Counter)  # layout → questions
    skipped: Counter[str] = field(default_factory=Counter)  # reason → questions
    notes: list[str] = field(default_factory=list)

    def add(self, other: "QuestionRows") -> None:
        """Add the contents of another file."""
        self.questions += other.questions
        self.layouts += other.layouts
        self.skipped += other.skipped
        self.notes = list(dict.fromkeys(self.notes + other.notes))


def read_rows(name: str, rows: Sequence[Row], left_out: list[str] | None = None) -> QuestionRows:
    """The questions of the rows of a file called ``name``, each read by its layout.

    With ``left_out``, a row that cannot be read is skipped and its problem added to the list; otherwise BadFile is
    raised, naming the place. If no row has a known layout, BadFile is raised in any case.
    """
    fitting = [(row, fields, _layout(fields)) for row, fields in ((row, folded(row.fields)) for row in rows)]
    usual = Counter(layout for _, _, layout in fitting if layout).most_common(1)
    if rows and not usual:
        raise BadFile(f"{name}, {rows[0].header or rows[0].place}: {_unknown(rows[0].fields)}")
    recognised = QuestionRows()
    for row, fields, layout in fitting:
        try:
            if layout is None:
                raise Unreadable(_unlike(row.fields, usual[0][0].name))
            for entry in layout.read(fields):
                _take(recognised, row.place, entry, layout)
        except Unreadable as error:
            _fault(f"{name}, {row.place}: {str(error).rstrip('.')}.", left_out)
    _count_numbers(name, recognised, left_out)
    return recognised


def describe(recognised: QuestionRows, n: int, without_answer: int = 0) -> str:
    """One line on what was recognized, with the number of questions that can be asked.

    >>> describe(QuestionRows(layouts=Counter({"ARC": 1172})), 1172)
    'ARC layout, 1,172 questions'
    """
    names = [f"{name} layout" for name in recognised.layouts] or ["no layout"]
    if len(names) > 1:
        names = [f"{name} layout ({count:,})" for name, count in recognised.layouts.items()]
    line = f"{' and '.join(names)}, {n:,} question{'' if n == 1 else 's'}"
    more = [
        *recognised.notes,
        *(f"{count:,} left out {reason}" for reason, count in recognised.skipped.items()),
    ]
    if without_answer == n:
        more.append("none has a right answer, as in test sets that withhold them, so none can be graded")
    elif without_answer:
        more.append(f"{without_answer:,} without a right answer, which cannot be graded")
    return "; ".join([line, *more])


def with_ids(questions: Sequence[Placed], used: Counter[str]) -> list[Placed]:
    """The questions with an id each: the file's, or one made from the content, numbered if it repeats.

    ``used`` counts the ids made so far, so that they stay unique across files.
    """
    named = []
    for question in questions:
        entry = question.entry
        if not entry.id.strip():
            used[entry.content_id] += 1
            times = used[entry.content_id]
            entry = replace(entry, id=entry.content_id + (f"-{times}" if times > 1 else ""))
        named.append(Placed(question.place, entry))
    return named


def _layout(fields: Fields) -> Layout | None:
    return next((layout for layout in LAYOUTS if layout.fits(fields)), None)


def _take(recognised: QuestionRows, place: str, entry: Entry | Skipped, layout: Layout) -> None:
    if isinstance(entry, Skipped):
        recognised.skipped[entry.reason] += 1
        return
    recognised.layouts[layout.name] += 1
    recognised.questions.append(Placed(place, entry))
    if layout.note and layout.note not in recognised.notes:
        recognised.notes.append(layout.note)


def _fault(text: str, left_out: list[str] | None) -> None:
    if left_out is None:
        raise BadFile(text)
    left_out.append(text)


def _count_numbers(name: str, recognised: QuestionRows, left_out: list[str] | None) -> None:
    """Turn right answers that are numbers into indices, if the whole file shows what they count from.

    A 0 means that they count from 0; the number of options means that they count from 1. If every number is also the
    text of an option, they are texts.
    """
    numbered = [question.entry for question in recognised.questions if question.entry.number is not None]
    if all(entry.answer is not None for entry in numbered):
        return
    from_0 = any(entry.number == 0 for entry in numbered)
    from_1 = any(entry.number == len(entry.choices) for entry in numbered)
    kept = []
    for question in recognised.questions:
        number = question.entry.number
        if number is None:
            kept.append(question)
        elif from_0 != from_1 and 0 <= number - from_1 < len(question.entry.choices):
            kept.append(Placed(question.place, replace(question.entry, answer=number - from_1)))
        else:
            why = "counts from 0 or from 1: the file does not show which"
            if from_0 and from_1:
                why = "counts from 0 or from 1: other rows contain both 0 and the number of their choices"
            elif from_0 or from_1:
                count = len(question.entry.choices)
                why = f"is not one of {count} choices counted from {int(from_1)}, as in the rest of the file"
            fault = f"answer {number} {why}; write the letter or the text of the choice"
            _fault(f"{name}, {question.place}: {fault}.", left_out)
    recognised.questions = kept


# ---- messages about a row without a known layout -------------------------------


def _unknown(fields: Mapping[str, object]) -> str:
    names = [str(name) for name in fields]
    here = f"the columns are {', '.join(names) or 'none'}"
    lacking = (
        "no column named question"
        if "question" not in map(fold, names)
        else "no column with the right answer"
    )
    advice = _renaming(names) or (
        "rename the columns that hold them (if the file has no header line, write one above the first question)"
    )
    return (
        f"{lacking}; {here}. A row needs question, and either choices with answer or answers: {advice}. Files in the layout "
        f"of {', '.join(NAMES)} need no changes."
    )


def _renaming(names: Sequence[str]) -> str:
    """Which columns to rename, as far as their names suggest; "" if they do not."""
    there = {fold(name): name for name in names}
    pairs = []
    for ours, theirs in _SYNONYMS.items():
        other = next((there[name] for name in theirs if name in there), None)
        if ours not in there and other is not None:
            pairs.append(f"{other} to {ours}")
    return f"rename {' and '.join(pairs)}" if pairs else ""


def _unlike(fields: Mapping[str, object], usual: str) -> str:
    names = ", ".join(map(str, fields)) or "none"
    return f"not in the {usual} layout of the other rows; its columns are {names}: fix or remove it"
