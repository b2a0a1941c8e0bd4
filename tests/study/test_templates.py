"""The shipped studies can be run as they are, from the repository and from the wheel, and a whole session walks."""

from pathlib import Path

import pytest

from chains.model_files import BUILTIN_NAME
from study.__main__ import main
from study.design.reader import read_design, template, template_names
from study.design.stimuli import read_stimuli, unready
from study.design.templates import FROZEN, NAMES, copy_template
from study.errors import BadDesign
from study.session.service import Study
from study.store.database import open_store
from study.tables.export import table_rows
from study.tables.trial_row import TRIALS
from tests.study.studies import walk

WALKED = [name for name in NAMES if name != "free-chat"]  # a chat needs its model


@pytest.mark.parametrize("name", NAMES)
def test_every_template_can_be_run_as_it_is(tmp_path: Path, name: str) -> None:
    copied = copy_template(name, tmp_path / "mine.yaml")
    file = read_design(copied[0])
    assert file.design.flow.name == name
    assert len(file.design.items) == 10
    assert unready(file.design, read_stimuli(file.stimuli_path)) == ()
    assert all(page.questions for page in file.design.questionnaires)
    if name != "free-chat":
        assert copied[1].name == f"mine{FROZEN}"


@pytest.mark.parametrize("name", WALKED)
def test_the_frozen_answers_are_the_embedded_models_and_partly_wrong(tmp_path: Path, name: str) -> None:
    file = read_design(copy_template(name, tmp_path / "mine.yaml")[0])
    stimuli = read_stimuli(file.stimuli_path).by_id
    right = [stimuli[item.id].correct for item in file.design.items]
    assert 3 <= sum(map(bool, right)) <= 8 and None not in right
    for item in file.design.items:
        assessment = stimuli[item.id].assessment
        assert assessment.evidence.provenance.model == BUILTIN_NAME
        assert (
            "".join(token.text for token in assessment.evidence.answer.tokens)
            == assessment.evidence.answer.text
        )
        assert assessment.decision.confidence is not None


@pytest.mark.parametrize("name", WALKED)
def test_a_session_walks_through_a_template_into_the_export(tmp_path: Path, name: str) -> None:
    file = read_design(copy_template(name, tmp_path / "mine.yaml")[0])
    store = open_store(f"sqlite:///{tmp_path / 'data.sqlite'}")
    study = Study(file, read_stimuli(file.stimuli_path), store)
    _, screen = walk(study)
    assert (screen.kind, screen.outcome) == ("end", "completed") and screen.code
    rows = list(table_rows(store, file.design.study, "trials"))
    per_person = file.design.annotation.items_each if file.design.annotation else 10
    assert sum(not row["practice"] for row in rows) == per_person
    assert all(set(row) == {column.name for column in TRIALS} for row in rows)
    asked = {row["field"] for row in table_rows(store, file.design.study, "answers")}
    assert {
        field.name for page in file.design.questionnaires for field in page.questions if field.required
    } <= asked
    store.close()


def test_the_questionnaires_are_shipped() -> None:
    assert {"trust", "nasa-tlx"} <= set(template_names())
    workload = template("nasa-tlx")
    assert [field.name for field in workload.questions] == [
        "mental_demand", "physical_demand", "temporal_demand", "performance", "effort", "frustration",
    ]  # fmt: skip
    assert {field.kind for field in workload.questions} == {"slider"}
    assert [field.kind for field in template("trust").questions] == ["likert"] * 6 + ["text"]


def test_nothing_is_overwritten(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "mine.yaml"
    assert main(["new", "accept-reject", str(path)]) == 0
    assert f"study serve {path}" in capsys.readouterr().out
    path.write_text("mine")
    assert main(["new", "annotation", str(path)]) == 2
    assert "already exists" in capsys.readouterr().err
    assert path.read_text() == "mine"
    with pytest.raises(BadDesign, match=r"must end in \.yaml"):
        copy_template("annotation", tmp_path / "mine.txt")
