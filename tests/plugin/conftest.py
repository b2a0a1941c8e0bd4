"""A folder of one's own for calibrations, so that nobody's own calibration decides about an answer."""

from pathlib import Path

import pytest


@pytest.fixture(autouse=True)
def own_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path))
    return tmp_path
