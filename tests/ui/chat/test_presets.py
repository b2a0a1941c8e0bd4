"""Presets: kept in a file or by the browser, and never lost to a damaged file."""

from pathlib import Path

import gradio as gr
import pytest

from chains.settings import Settings
from ui.chat.conversation import Conversation
from ui.chat.kept_settings import settings_record
from ui.chat.presets import DOUBT, MOST, STANDARD, BadPreset, PresetMenu, Presets

WARM = settings_record(Settings(temperature=0.8), 0.3)


def menu(file: Path | None) -> PresetMenu:
    with gr.Blocks():
        return PresetMenu(Settings(), file)


def test_a_preset_comes_back_from_its_record() -> None:
    presets = Presets(Settings()).with_preset("  Warm\n answers ", WARM).starting_with("Warm answers")
    again = Presets.of(presets.to_dict(), Settings())
    assert again == presets
    assert list(again.all) == [STANDARD, DOUBT, "Warm answers"]
    assert (again.name_of(WARM), again.new) == ("Warm answers", WARM)
    assert again.name_of(settings_record(Settings(seed=9), None)) == ""
    assert again.without("Warm answers").for_new == STANDARD
    assert "not sure" in again.all[DOUBT]["system"]


@pytest.mark.parametrize(
    "data", [None, 3, {}, {"schema": "credence.presets/9"}, {"schema": "credence.presets/1", "presets": 3}]
)
def test_what_cannot_be_read_counts_as_none(data: object) -> None:
    assert Presets.of(data, Settings()) == Presets(Settings())


def test_a_name_must_be_free_and_there_is_a_limit() -> None:
    presets = Presets(Settings())
    with pytest.raises(BadPreset, match="Type a name"):
        presets.with_preset("  ", WARM)
    with pytest.raises(BadPreset, match="comes with Credence"):
        presets.with_preset(DOUBT, WARM)
    for number in range(MOST):
        presets = presets.with_preset(str(number), WARM)
    with pytest.raises(BadPreset, match="100 presets already"):
        presets.with_preset("one more", WARM)


def test_a_file_keeps_them_for_every_page(tmp_path: Path) -> None:
    file = tmp_path / "new" / "presets.json"
    conversation = Conversation(settings=Settings(temperature=0.8), risk=0.3)
    assert menu(file)._act(conversation, {"kind": "save", "name": "Warm"}) == ""
    assert menu(file)._act(conversation, {"kind": "new", "name": "Warm"}) == ""
    fresh = Conversation()
    assert menu(file)._act(fresh, {"kind": "page"}) == ""
    assert (fresh.settings, fresh.risk) == (Settings(temperature=0.8), 0.3)
    assert menu(file)._act(fresh, {"kind": "choose", "name": STANDARD}) == ""
    assert (fresh.settings, fresh.risk) == (Settings(), None)
    file.write_text("{")
    assert menu(file).presets(fresh) == Presets(Settings())


def test_a_folder_that_cannot_be_written_is_named(tmp_path: Path) -> None:
    (tmp_path / "taken").write_text("a file where the folder should be")
    fault = menu(tmp_path / "taken" / "presets.json")._act(Conversation(), {"kind": "save", "name": "Warm"})
    assert fault.startswith(f"The preset could not be saved to {tmp_path / 'taken' / 'presets.json'}: ")


def test_without_a_file_the_browser_keeps_them() -> None:
    shared, conversation = menu(None), Conversation(settings=Settings(temperature=0.8), risk=0.3)
    assert shared._act(conversation, {"kind": "save", "name": "Warm", "document": None}) == ""
    document = shared._value(conversation)["document"]
    assert document["presets"] == {"Warm": WARM}
    fresh = Conversation()
    shared._act(fresh, {"kind": "choose", "name": "Warm", "document": document})
    assert fresh.settings == Settings(temperature=0.8)
    shared._act(fresh, {"kind": "delete", "name": "Warm", "document": document})
    assert shared._value(fresh)["own"] == []
