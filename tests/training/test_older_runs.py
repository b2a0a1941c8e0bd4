"""Runs from when ``builtin`` was SmolLM2 go on as ``tiny``, and never with the model that is ``builtin`` now."""

import argparse
import json
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from chains.engines.embedded import embedded_sha256
from chains.engines.transformers.load import _renamed
from training.commands.arguments import settings_of, training_options
from training.errors import TrainingStopped
from training.settings import TrainingSettings, check_same_settings, with_model_named

OLDER = {
    name: value
    for name, value in asdict(TrainingSettings("builtin", "q.jsonl", "abc")).items()
    if name != "model_sha256"
}


def test_training_opens_the_smaller_model_unless_told(tmp_path: Path) -> None:
    (tmp_path / "q.jsonl").write_text("")
    parser = argparse.ArgumentParser()
    training_options(parser, "warm-up")
    command = ["--questions", str(tmp_path / "q.jsonl"), "--out", str(tmp_path / "out")]
    for more, spec in (([], "tiny"), (["--model", "builtin"], "builtin")):
        settings = settings_of(parser.parse_args([*command, *more]))
        assert (settings.model, settings.model_sha256) == (spec, embedded_sha256(spec))


def test_an_older_run_goes_on_as_tiny(tmp_path: Path) -> None:
    path = tmp_path / "settings.json"
    path.write_text(json.dumps(OLDER))
    tiny = TrainingSettings("tiny", "q.jsonl", "abc", model_sha256=embedded_sha256("tiny"))
    builtin = replace(tiny, model="builtin", model_sha256=embedded_sha256("builtin"))
    with pytest.raises(TrainingStopped, match="was started with model 'tiny', not 'builtin'"):
        check_same_settings(builtin, tmp_path)
    check_same_settings(tiny, tmp_path)
    assert json.loads(path.read_text())["model"] == "tiny"
    assert with_model_named(asdict(builtin)) == asdict(builtin)


def test_an_older_adapter_that_does_not_fit_names_its_model(tmp_path: Path) -> None:
    assert _renamed(str(tmp_path)) == ""
    (tmp_path / "adapter_config.json").write_text('{"base_model_name_or_path": "builtin"}')
    assert "now called tiny" in _renamed(str(tmp_path))
