"""pip finds nothing but the wheels of a local folder."""

import shutil
from pathlib import Path

import pytest

from chains.downloads.checksums import sha256_of
from chains.downloads.wheels import Wheel, WheelDownloads


@pytest.fixture
def wheels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The folder in which pip looks for wheels, with an empty cache of Credence."""
    folder = tmp_path / "index"
    folder.mkdir()
    monkeypatch.setenv("CREDENCE_CACHE", str(tmp_path / "cache"))
    monkeypatch.setenv("PIP_NO_INDEX", "1")
    monkeypatch.setenv("PIP_FIND_LINKS", str(folder))
    return folder


@pytest.fixture
def quick_pip(wheels: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Stands in for pip, which takes a second to start: copies the wheel, and says what pip says."""

    def copy(self: WheelDownloads, wheel: Wheel, command: list[str], place: Path) -> str:
        source = wheels / f"{wheel.package.replace('-', '_')}-{wheel.version}-py3-none-any.whl"
        if not source.exists():
            return f"ERROR: No matching distribution found for {wheel.package}=={wheel.version}"
        if sha256_of(source) != wheel.sha256:
            return "ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE."
        (place / "wheel").mkdir()
        shutil.copy(source, place / "wheel")
        return ""

    monkeypatch.setattr(WheelDownloads, "_run", copy)
