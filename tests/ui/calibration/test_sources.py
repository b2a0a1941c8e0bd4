"""Sources of a calibration: the bundled questions, the person's labels, an uploaded file."""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from gradio.utils import get_upload_folder

from chains import CredenceError
from chains.calibration.store import calibration_folder
from chains.engines.scripted import ScriptedChatModel
from chains.models.slot import ModelSlot
from chains.pipeline.pipeline import confidence_pipeline
from tests.chains.models.opener import PATIENCE, Opener
from ui.calibration.sources import Sources
from ui.chat.conversation import Conversation
from ui.chat.labels import append_label, label_record


@pytest.fixture
def sources(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Sources:
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path))
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploaded"))
    return Sources(ScriptedChatModel(), tmp_path)


def uploaded(name: str, text: str) -> str:
    """A file as Gradio stores it after an upload."""
    folder = Path(get_upload_folder())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text(text, encoding="utf-8")
    return str(folder / name)


def rows(n: int, **more: object) -> str:
    questions = ({"id": f"q{i}", "question": f"What is {i}?", "answers": [str(i)], **more} for i in range(n))
    return "".join(json.dumps(question) + "\n" for question in questions)


def labelled(folder: Path, n: int) -> Iterator[str]:
    for number in range(n):
        conversation = Conversation()
        entry, question = conversation.start(f"What is the capital of country {number}?")
        entry.turn = confidence_pipeline(ScriptedChatModel(), signals=()).invoke(question)
        entry.label = "yes" if number % 3 else "no"
        append_label(folder, label_record(entry))
        yield entry.question


def test_the_bundled_questions_are_always_offered(sources: Sources) -> None:
    bundled, labels, file = sources.offered(None)
    assert bundled.usable and bundled.n >= 100 and bundled.asks
    assert (
        not labels.usable
        and "0 labelled answers of this model; at least 24 of one kind" in labels.description
    )
    assert not file.usable
    title, _ = sources.work("bundled", None, 30)
    assert title == "The questions that come with Credence"


@pytest.mark.parametrize("n", [23, 1_000_000, "250", None, 30.5])
def test_an_invalid_number_of_questions_is_refused(sources: Sources, n: object) -> None:
    with pytest.raises(CredenceError, match="Choose between 24 and"):
        sources.work("bundled", None, n)


def test_the_labels_say_how_many_there_are_and_are_needed(sources: Sources, tmp_path: Path) -> None:
    few = list(labelled(tmp_path, 7))
    _, labels, _ = sources.offered(None)
    assert len(few) == 7 and not labels.usable
    assert labels.description.startswith("7 labelled answers of this model (7 without options); at least 24")
    with pytest.raises(CredenceError, match="at least 24"):
        sources.work("labels", None, None)
    list(labelled(tmp_path, 24))
    _, labels, _ = sources.offered(None)
    assert labels.usable and not labels.asks
    assert sources.work("labels", None, None)[0] == "My own labels"


def test_a_page_without_labels_says_so(sources: Sources) -> None:
    _, labels, _ = Sources(sources.model, None).offered(None)
    assert not labels.usable and labels.description == "This page does not save labels."


def test_a_file_is_kept_under_its_own_name_and_offered(sources: Sources) -> None:
    kept = sources.take(uploaded("x.jsonl", rows(24)), "my questions.jsonl")
    assert kept.parent == calibration_folder() / "uploads"
    _, _, file = sources.offered(kept)
    assert (file.title, file.n, file.usable) == ("my_questions.jsonl", 24, True)
    assert file.description == "Credence layout, 24 questions."
    assert sources.work("file", kept, 24)[0] == "my_questions.jsonl"
    assert sources.take(uploaded("x.jsonl", rows(24)), "my questions.jsonl") == kept


@pytest.mark.parametrize("name", ["../../evil.jsonl", "a/b/../c d.jsonl", "…", ""])
def test_no_file_name_escapes_the_folder(sources: Sources, name: str) -> None:
    kept = sources.take(uploaded("x.jsonl", rows(24)), name)
    assert kept.resolve().parent == (calibration_folder() / "uploads").resolve()


def test_only_uploaded_files_are_accepted(sources: Sources, tmp_path: Path) -> None:
    secret = tmp_path / "secret.jsonl"
    secret.write_text(rows(30))
    for path in (str(secret), "", "/etc/hostname", f"{get_upload_folder()}/../secret.jsonl"):
        with pytest.raises(CredenceError, match=r"secret\.jsonl was not uploaded"):
            sources.take(path, "secret.jsonl")


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("mine.jsonl", rows(3) + "{oops\n", r"^mine\.jsonl, line 4: not JSON"),
        ("mine.jsonl", rows(1) + rows(1), r"^mine\.jsonl, line 2: the id 'q0' is used twice"),
        ("mine.csv", "id,what\n1,2\n", r"^mine\.csv, line 1: no column named question"),
    ],
)
def test_a_bad_file_is_named_with_its_line_and_what_is_wrong(
    sources: Sources, name: str, text: str, message: str
) -> None:
    with pytest.raises(CredenceError, match=message):
        sources.take(uploaded(name, text), name)
    assert not list((calibration_folder() / "uploads").iterdir())


def test_a_calibration_that_is_gone_cannot_be_resumed(sources: Sources) -> None:
    assert list(sources.unfinished()) == []
    with pytest.raises(CredenceError, match="start it again"):
        sources.resumed("nothing|None|0")


def test_a_calibration_keeps_its_model_open_when_another_is_chosen(tmp_path: Path, sources: Sources) -> None:
    opener = Opener()
    slot = ModelSlot(opener)
    slot.open("one")
    slot.settled(PATIENCE)
    following = Sources(slot, tmp_path)
    _, work = following.work("bundled", None, 100)
    steps = work()
    next(steps)
    slot.open("two")
    assert slot.settled(PATIENCE).spec == "two" and following.model is opener.opened[1]
    assert not opener.opened[0].closed.is_set()
    steps.close()
    assert opener.opened[0].closed.is_set()
