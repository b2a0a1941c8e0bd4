"""Each recipe of docs/extending.md works when it is followed in a copy of the repository."""

import json
from pathlib import Path

import pytest

from tests.docs.recipes import Block, copy_of_the_repository, recipe, recipe_titles, run, values

pytestmark = pytest.mark.repository

MOST_LINES = 14


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return copy_of_the_repository(tmp_path)


def apply(title: str, folder: Path) -> None:
    for block in recipe(title):
        block.apply(folder)


@pytest.mark.parametrize("title", recipe_titles())
def test_a_recipe_has_under_15_lines_of_code(title: str) -> None:
    assert 0 < sum(block.lines for block in recipe(title)) <= MOST_LINES


def test_an_estimator_yields_a_signal(copy: Path) -> None:
    apply("Add an estimator", copy)
    code = """
import json, math
from estimators import ESTIMATORS, choose
from estimators.types import Answer, Evidence, Question, Token
tokens = (Token("Rome", math.log(0.25)), Token(".", math.log(0.5)))
answers = (Answer("Rome.", tokens), Answer("Rome."))
signals = [choose(["first_token"])[0](Evidence(Question("?"), answer)) for answer in answers]
print(json.dumps([[e.name for e in ESTIMATORS].count("first_token"), [[s.confidence, s.missing] for s in signals]]))
"""
    assert values(copy, code) == [1, [[pytest.approx(0.25), ""], [None, "the answer has no tokens"]]]


def test_a_probe_is_asked_and_read(copy: Path) -> None:
    apply("Add a probe", copy)
    Block(
        "estimators/__init__.py, after: from estimators.signals.consistency import",
        "from estimators.signals.frequency import Frequency\n",
    ).apply(copy)
    Block("estimators/__init__.py, after: KeySpanProbability(),", "    Frequency(),\n").apply(copy)
    code = """
import json
from chains import assess
from chains.engines.scripted import ScriptedChatModel, ScriptedReply
replies = (ScriptedReply.of("85", match="Out of 100 answers"), ScriptedReply.of("Rome."))
assessment = assess(ScriptedChatModel(replies=replies), "Which city?", signals=["frequency"])
print(json.dumps([assessment.signal("frequency").confidence, assessment.evidence.probes["frequency"].messages[-1].content]))
"""
    prompt = (copy / "prompts" / "scale_frequency.txt").read_text(encoding="utf-8").strip()
    assert values(copy, code) == [0.85, prompt]


def test_an_engine_opens_and_its_log_probabilities_arrive(copy: Path) -> None:
    apply("Add an engine", copy)
    code = """
import json
from chains import assess, open_chat_model
assessment = assess(open_chat_model("parrot"), "Who is that?", signals=["minimum_probability"])
provenance = assessment.evidence.provenance
print(json.dumps([assessment.evidence.answer.text, assessment.signal("minimum_probability").confidence, provenance.engine]))
"""
    assert values(copy, code) == ["Polly.", pytest.approx(0.904837), "parrot"]  # e^−0.1


def test_a_study_flow_is_walked_into_the_export(copy: Path) -> None:
    apply("Add a study flow", copy)
    templates = copy / "study" / "templates"
    design = (templates / "own-answer-first.yaml").read_text(encoding="utf-8")
    assert design.count("flow: own-answer-first") == 1
    text = design.replace("flow: own-answer-first", "flow: see-first").replace(
        "own-answer-first.f", "study.f"
    )
    (copy / "study.yaml").write_text(text, encoding="utf-8")
    (templates / "own-answer-first.frozen.jsonl").rename(copy / "study.frozen.jsonl")
    run(copy, "-m", "study", "check", "study.yaml")
    code = """
import json
from pathlib import Path
from study.tables.export import table_rows
from study.design.reader import read_design
from study.design.stimuli import read_stimuli
from study.session.service import Study
from study.store.database import open_store
from tests.study.studies import walk
file = read_design(Path("study.yaml"))
store = open_store("sqlite:///data.sqlite")
screen = walk(Study(file, read_stimuli(file.stimuli_path), store))[1]
rows = [row for row in table_rows(store, file.design.study, "trials") if not row["practice"]]
store.close()
answered = sum(bool(row["final_answer"]) for row in rows)
print(json.dumps([screen.outcome, answered, [row["own_answer"] for row in rows]]))
"""
    assert values(copy, code) == ["completed", 10, [None] * 10]


def test_a_metric_appears_in_score(copy: Path) -> None:
    apply("Add a metric", copy)
    (copy / "answers.csv").write_text("confidence,correct\n0.9,1\n0.7,0\n", encoding="utf-8")
    printed = run(copy, "-m", "evaluation", "score", "answers.csv", "--json", "--intervals", "0")
    assert json.loads(printed)["mean_gap"] == pytest.approx(0.3)  # |(.9 + .7) / 2 − 1/2|
