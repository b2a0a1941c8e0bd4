"""The project's own questions: enough of them, no advantage from guessing, and every right answer graded as right."""

import json
from collections import Counter
from typing import Any

import pytest

from evaluation.grading.grader import grade_choice, grade_short, normalised
from evaluation.questions.reader import read_questions
from evaluation.runs import asking

FOLDER = asking.QUESTIONS
LEVELS = ("easy", "middle", "hard")


def rows(name: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in (FOLDER / name).read_text(encoding="utf-8").splitlines()]


CHOICE, SHORT = rows("choice.jsonl"), rows("short.jsonl")


def test_all_files_of_the_folder_are_read() -> None:
    own = read_questions(FOLDER)
    assert [question.id for question in own] == [row["id"] for row in (*CHOICE, *SHORT)]
    assert len(CHOICE) == 934 and len(SHORT) == 665
    assert len({" ".join(normalised(question.question)) for question in own}) == len(own)


@pytest.mark.parametrize("asked, mark", [(CHOICE, "c"), (SHORT, "")], ids=["choice", "short"])
def test_an_id_is_the_subject_with_its_running_number(asked: list[dict[str, Any]], mark: str) -> None:
    numbers: Counter[str] = Counter()
    for row in asked:
        numbers[row["domain"]] += 1
        assert row["id"] == f"{row['domain']}-{mark}{numbers[row['domain']]:02}"


@pytest.mark.parametrize("asked, least", [(CHOICE, 0.25), (SHORT, 0.2)], ids=["choice", "short"])
def test_subjects_and_levels_are_spread(asked: list[dict[str, Any]], least: float) -> None:
    domains = Counter(row["domain"] for row in asked)
    assert len(domains) == 21
    assert min(domains.values()) >= 20 and max(domains.values()) <= 0.1 * len(asked)
    levels = Counter(row["level"] for row in asked)
    assert set(levels) == set(LEVELS)
    assert min(levels.values()) >= least * len(asked)
    for domain in domains:
        assert {row["level"] for row in asked if row["domain"] == domain} == set(LEVELS)


def test_the_place_of_the_right_choice_tells_nothing() -> None:
    for count in {len(row["choices"]) for row in CHOICE}:
        places = Counter(row["answer"] for row in CHOICE if len(row["choices"]) == count)
        assert 3 <= count <= 5
        assert max(places.values()) - min(places[place] for place in range(count)) <= 2


def test_the_length_of_a_choice_tells_nothing() -> None:
    """Always taking the longest (or the shortest) option is right no more often than chance plus 2 s.d."""
    chance = sum(1 / len(row["choices"]) for row in CHOICE)
    spread = sum((p := 1 / len(row["choices"])) * (1 - p) for row in CHOICE) ** 0.5
    for pick in (max, min):
        hits = 0.0
        for row in CHOICE:
            length = pick(len(choice) for choice in row["choices"])
            fitting = [place for place, choice in enumerate(row["choices"]) if len(choice) == length]
            hits += (row["answer"] in fitting) / len(fitting)
        assert hits <= chance + 2 * spread


def test_a_choice_is_graded_by_its_letter_and_by_its_text() -> None:
    misgraded = [
        (row["id"], reply)
        for row in CHOICE
        for place, choice in enumerate(row["choices"])
        for letter in [chr(ord("A") + place)]
        for reply in (letter, f"{letter}. {choice}")
        if grade_choice(reply, row["choices"], row["answer"]).correct is not (place == row["answer"])
    ]
    assert misgraded == []


def test_every_accepted_answer_is_right() -> None:
    misgraded = [
        (row["id"], reply)
        for row in SHORT
        for answer in row["answers"]
        for reply in (answer, f"I think it is {answer}.")
        if grade_short(reply, row["answers"]).correct is not True
    ]
    assert misgraded == []


def test_an_answer_that_names_nothing_is_wrong() -> None:
    graded = {row["id"]: grade_short("Nobody could say.", row["answers"]).correct for row in SHORT}
    assert [name for name, correct in graded.items() if correct is not False] == []


def test_no_question_holds_its_answer() -> None:
    def words(text: str) -> str:
        return f" {' '.join(normalised(text))} "

    assert [row["id"] for row in SHORT if words(row["answers"][0]) in words(row["question"])] == []
