"""The models that can be opened here, without opening any."""

from collections.abc import Callable
from functools import partial
from pathlib import Path

import huggingface_hub
import pytest

from chains.downloads.pins import BUILTIN, TINY, TINY_SHA256
from chains.engines.open import check_spec
from chains.engines.servers.openai_server import served_models
from chains.errors import ModelUnavailable
from chains.model_files import file_sha256
from chains.models.found import FoundModel, found_models
from chains.models.names import name_of
from tests.chains.servers import Picky


@pytest.fixture(autouse=True)
def nothing_cached(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache of models and of the hub."""
    monkeypatch.setenv("CREDENCE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CREDENCE_MODELS", raising=False)
    (tmp_path / "hub").mkdir()
    scan = partial(huggingface_hub.scan_cache_dir, tmp_path / "hub")
    monkeypatch.setattr(huggingface_hub, "scan_cache_dir", scan)
    return tmp_path


def gguf(path: Path, size: int = 100) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"GGUF".ljust(size, b"\0"))
    return path


def by_spec(in_use: str = "") -> dict[str, FoundModel]:
    return {model.spec: model for model in found_models(in_use)}


def test_the_built_in_ones_are_always_there_with_what_they_still_cost() -> None:
    found = by_spec()
    assert [*found] == ["builtin", "tiny"]
    assert (found["builtin"].size, found["tiny"].size) == (BUILTIN.size, TINY.size)
    assert not found["builtin"].fetched and found["tiny"].sha256 == TINY_SHA256


def test_a_folder_is_read_with_all_folders_in_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    models = tmp_path / "models"
    small = gguf(models / "publisher" / "small.gguf", 300)
    gguf(models / "mmproj-small.gguf")
    gguf(models / "big-00001-of-00002.gguf", 500)
    gguf(models / "big-00002-of-00002.gguf", 400)
    (models / "broken.gguf").write_bytes(b"<html>")
    monkeypatch.setenv("CREDENCE_MODELS", str(models))
    found = {model.name: model for model in found_models() if model.place == "folder"}
    assert {name: model.size for name, model in found.items()} == {"small": 300, "big-00001-of-00002": 900}
    assert found["small"].spec == str(small) and found["small"].where == str(small.parent)
    assert found["small"].sha256 is None  # it was not read
    known = file_sha256(small)
    assert by_spec()[str(small)].sha256 == known


def test_without_a_folder_it_is_that_of_the_file_in_use_and_the_cache(tmp_path: Path) -> None:
    one, two = gguf(tmp_path / "mine" / "one.gguf"), gguf(tmp_path / "mine" / "two.gguf")
    cached = gguf(tmp_path / "cache" / "third.gguf")
    gguf(tmp_path / "cache" / BUILTIN.name)
    found = by_spec(str(one))
    assert [*found] == ["builtin", "tiny", str(one), str(two), str(cached)]
    assert found["builtin"].fetched
    assert [*by_spec()] == ["builtin", "tiny", str(cached)]


def test_what_is_in_use_is_listed_wherever_it_came_from() -> None:
    found = found_models("openai:gpt-5")
    assert (found[0].spec, found[0].place, found[0].size) == ("openai:gpt-5", "elsewhere", None)


def test_the_models_of_the_server_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = []

    def served(address: str) -> tuple[str, ...]:
        asked.append(address)
        return ("small", "large")

    monkeypatch.setattr("chains.models.found.served_models", served)
    found = by_spec("http://localhost:8080/v1#small")
    assert [*found][2:] == ["http://localhost:8080/v1#small", "http://localhost:8080/v1#large"]
    assert asked == ["http://localhost:8080/v1"]


def test_the_names_that_a_server_lists(foreign_server: Callable[..., str]) -> None:
    assert served_models(foreign_server(Picky())) == ("small",)


def test_a_server_that_does_not_answer_is_listed_as_it_is_in_use(monkeypatch: pytest.MonkeyPatch) -> None:
    def gone(address: str) -> tuple[str, ...]:
        raise ModelUnavailable(address)

    monkeypatch.setattr("chains.models.found.served_models", gone)
    assert found_models("http://localhost:8080/v1#small")[0].place == "elsewhere"


def test_what_the_cache_of_the_hub_holds(tmp_path: Path) -> None:
    def repository(name: str, files: dict[str, bytes]) -> None:
        folder = tmp_path / "hub" / f"models--{name.replace('/', '--')}"
        snapshot = folder / "snapshots" / ("0" * 40)
        (folder / "refs").mkdir(parents=True)
        (folder / "refs" / "main").write_text("0" * 40)
        (folder / "blobs").mkdir()
        snapshot.mkdir(parents=True)
        for number, (file, content) in enumerate(files.items()):
            blob = folder / "blobs" / str(number)
            blob.write_bytes(content)
            (snapshot / file).symlink_to(blob)

    chat = b'{"architectures": ["Qwen2ForCausalLM"]}'
    repository("org/chat", {"config.json": chat, "a.safetensors": b"1" * 50, "b.safetensors": b"1" * 40})
    repository("org/embeds", {"config.json": b'{"architectures": ["BertModel"]}', "m.safetensors": b"1"})
    repository("org/files", {"small-Q4.gguf": b"1" * 70})
    found = {model.spec: model for model in found_models() if model.place == "hub"}
    sizes = {spec: model.size for spec, model in found.items()}
    assert sizes == {"org/chat": 90, "org/files/small-Q4.gguf": 70}


def test_every_model_that_is_listed_has_a_spec_that_opens_something(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for model in found_models():
        check_spec(model.spec)
        assert name_of(model.spec) == model.name


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("nonsense", "is not the name of a model"),
        ("./missing.gguf", "There is no file"),
        ("/no/such/folder", "There is no model at"),
        ("missing", "is not the name of a model"),
    ],
)
def test_a_name_that_opens_nothing_is_told_before_anything_is_loaded(spec: str, says: str) -> None:
    with pytest.raises(ModelUnavailable, match=says):
        check_spec(spec)
