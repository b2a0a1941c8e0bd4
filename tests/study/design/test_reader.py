"""Design files: every error names its line and how to fix it."""

import hashlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from study.design.reader import parse_design, read_design
from study.design.yaml_marks import marked
from study.errors import BadDesign
from tests.study.studies import HEAD, design_text, items

SMALL = "flow: accept-reject\n" + items(2)


def faults(text: str) -> tuple[str, ...]:
    with pytest.raises(BadDesign) as raised:
        parse_design(text, "f")
    return raised.value.faults


def test_a_small_design_is_read_with_its_defaults() -> None:
    design = parse_design(HEAD + SMALL)
    assert (design.study, design.flow.name, design.assignment, design.order) == (
        "small", "accept-reject", "between", "random",
    )  # fmt: skip
    assert [condition.name for condition in design.shown] == ["plain"] and design.shown[0].shows == ()
    assert [item.correct for item in design.items] == [True, False]
    assert [phase.name for phase in design.flow.phases(design.shown[0])] == ["decide"]


def test_words_that_yaml_would_change_stay_as_they_are_written() -> None:
    text = (
        HEAD
        + "flow: accept-reject\nitems:\n  - {id: a, question: q, options: [no, yes, 1912, 0x10], gold: no}\n"
    )
    (item,) = parse_design(text).items
    assert item.options == ("no", "yes", "1912", "0x10") and item.gold == ("no",)


def test_displays_may_be_written_either_way() -> None:
    text = design_text(
        more="conditions: [{name: a, shows: [token-colours, side_by_side]}, {name: b, shows: none}, {name: c}]"
    )
    assert [condition.shows for condition in parse_design(text).conditions] == [
        ("token_colours", "side_by_side"),
        (),
        (),
    ]


@pytest.mark.parametrize(
    ("more", "line", "said"),
    [
        ("partcipants: 9", 12, "there is no key 'partcipants' here; did you mean 'participants'?"),
        ("order: latin", 12, "order is 'latin'; use one of: latin-square, blocked, random"),
        ("participants: many", 12, "participants must be a whole number, not 'many'"),
        ("participants: -1", 12, "participants: input should be greater than or equal to 0, not '-1'"),
        ("repeat: perhaps", 12, "repeat must be true or false, not 'perhaps'"),
        ("title: again", 12, "title is already on line 2: keep one of the two"),
        (
            "conditions:\n  - name: a\n    shows: [token-color]", 14,
            "entry 1 (conditions, entry 1, shows) is 'token_color'; use one of: token-colours, token-number, "
            "verbalized-number, marker-ranges, calibrated-number, abstention-banner, side-by-side",
        ),
        (
            "conditions:\n  - name: a\n  - name: a", 14, "the name a is already used: give every entry its own name",
        ),
        (
            "assignment: within", 12,
            "a within-subject study needs at least 2 conditions, but there are 0: add one, or write `assignment: between`",
        ),
        ("practice:\n  - id: p\n    gold: x", 13, "`question: …` is missing in entry 1 (practice): add it"),
        (
            "practice:\n  - {id: q1, question: q, gold: x}", 13, "the id q1 is already used: give every entry its own id",
        ),
        (
            "attention_checks:\n  - {id: c, after: 3, question: q, options: [a, b], expected: a}", 13,
            "there are 2 trials, so 3 is never reached: use 0 to 2",
        ),
        (
            "attention_checks:\n  - id: c\n    after: 1\n    question: q\n    options: [a, b]\n    expected: c", 17,
            "“c” is not one of the options: use one of “a”, “b”",
        ),
        ("annotation: {overlap: 2, items_each: 2}", 12, "only allowed with `flow: annotation`, but the flow is "),
        ("confidence_scale: {low: 5, high: 1}", 12, "low 5 is not below high 1"),
        ("ids: {study: A, session: A}", 12, "A is used twice: give every parameter a different name"),
        ("freeze: {treshold: 1}", 12, "there is no setting 'treshold'; the settings are: signals, chosen_panel, asking"),
        ("freeze: {threshold: 2}", 12, "threshold: input should be less than or equal to 1, not '2'"),
        ("verbalized: numbers", 12, "there is no signal named numbers; the signals are "),
        (
            "questionnaires:\n  - {id: q, questions: [{name: a, kind: choice, label: l}]}", 13,
            "the choice question a needs `options: […]`, at least 2",
        ),
        (
            "questionnaires:\n  - id: q\n    questions:\n"
            "      - {name: a, kind: text, label: l}\n      - {name: a, kind: text, label: l}", 16,
            "an earlier question is already named a: use each name only once",
        ),
        (
            "questionnaires:\n  - {id: q, when: after-block, questions: [{name: a, kind: text, label: l}]}", 13,
            "this study has no blocks: use after-trials. In a within-subject study with",
        ),
        ("questionnaires:\n  - {template: nasa}", 13, "there is no built-in questionnaire 'nasa'; the built-in ones are: "),
        (
            "screening:\n  questions: [{name: age, kind: choice, label: l, options: [young, old]}]\n"
            "  keep: {age: [middle]}", 14,
            "“middle” is not one of its options: use some of “young”, “old”",
        ),
        ("items: [", 14, "this is not valid YAML"),
        ("debriefing: &a {text: *a}", 12, "this is not valid YAML (found an alias (*): write the text out)"),
    ],
)  # fmt: skip
def test_an_error_names_its_line_and_how_to_fix_it(more: str, line: int, said: str) -> None:
    fault, *rest = faults(f"{HEAD}\n\n\nflow: accept-reject\n{more}\n{items(2)}")
    assert fault.startswith(f"f, line {line}: {said}"), fault
    assert fault.endswith(".") and rest == []


def test_all_faults_are_reported_at_once_in_the_order_of_their_lines() -> None:
    text = (
        HEAD.replace("study: small", "study: Too Big")
        + "flow: chat\n"
        + items(1).replace("gold: alpha", "gild: a")
    )
    said = faults(text)
    assert [fault.split(":")[0] for fault in said] == ["f, line 1", "f, line 8", "f, line 13"]
    assert "did you mean 'gold'?" in said[2]


@pytest.mark.parametrize(
    ("change", "line", "said"),
    [
        (("gold: alpha", "gold: gamma"), 13, "“gamma” is not one of the options: use one of “alpha”, “beta”"),
        (("options: [alpha, beta]", "options: [alpha]"), 12, "one option is too few"),
        (
            ("options: [alpha, beta]", "options: [alpha, alpha]"),
            12,
            "“alpha” is listed twice: list every option once",
        ),
        (("    gold: alpha\n", ""), 10, "item q0 has no right answer: add `gold: …`"),
    ],
)
def test_items_are_checked_one_by_one(change: tuple[str, str], line: int, said: str) -> None:
    fault = faults(HEAD + "flow: accept-reject\n" + items(1).replace(*change))[0]
    assert fault.startswith(f"f, line {line}: {said}"), fault


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "line 1: a design consists of `key: value` lines"),
        ("- a\n- b", "line 1: a design consists of `key: value` lines"),
        ("study: a\n\ttitle: b", "line 2: this is not valid YAML"),
        ("a: b: c", "line 1: this is not valid YAML (mapping values are not allowed here; put text with a colon"),
        ("a: \x07", "line 1: there is a control character here; remove it"),
        ("[" * 3000 + "]" * 3000, "the lists are nested too deeply"),
    ],
)  # fmt: skip
def test_what_is_no_design_at_all_says_so(text: str, said: str) -> None:
    assert said in faults(text)[0]


@given(st.text(max_size=200) | st.binary(max_size=80).map(lambda data: data.decode("latin-1")))
def test_any_text_is_refused_with_sentences_only(text: str) -> None:
    for fault in faults(text):
        assert fault.startswith("f, line ")


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    path = tmp_path / "s.yaml"
    with pytest.raises(BadDesign, match="There is no file"):
        read_design(path)
    path.write_bytes(b"study: x\ntitle: \xff\n")
    with pytest.raises(BadDesign, match="line 2: this is not UTF-8"):
        read_design(path)
    with pytest.raises(BadDesign, match="cannot be read"):
        read_design(tmp_path)


def test_the_hash_is_of_the_bytes_and_the_stimuli_stand_beside(tmp_path: Path) -> None:
    path = tmp_path / "mine.yaml"
    path.write_bytes(b"\xef\xbb\xbf" + design_text().encode())  # an editor's byte-order mark
    file = read_design(path)
    assert file.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert file.stimuli_path == tmp_path / "mine.frozen.jsonl"


def test_lines_are_those_of_keys_and_entries() -> None:
    document = marked("a:\n  - b: 1\n    c:\n      - x\n      - y\n")
    assert [document.line(place) for place in [("a",), ("a", 0, "c"), ("a", 0, "c", 1), ("a", 0, "gone"), ()]] == [
        1, 3, 5, 2, 1,
    ]  # fmt: skip
