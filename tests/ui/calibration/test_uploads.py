"""What the Calibrate screen takes as a file: kinds, sizes, and how many are kept."""

import gzip
import os
from pathlib import Path

import pyarrow
import pytest
from gradio.utils import get_upload_folder
from pyarrow import parquet

from chains import CredenceError
from chains.calibration.store import calibration_folder
from service.limits import UPLOAD
from ui.calibration.uploads import MOST_FILES, MOST_ROWS, MOST_UNPACKED, keep_upload


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CREDENCE_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("GRADIO_TEMP_DIR", str(tmp_path / "uploaded"))


def uploaded(name: str, data: bytes = b"{}") -> Path:
    folder = Path(get_upload_folder())
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_bytes(data)
    return folder / name


def kept() -> list[str]:
    folder = calibration_folder() / "uploads"
    return sorted(file.name for file in folder.iterdir()) if folder.exists() else []


@pytest.mark.parametrize("name", ["page.html", "run.exe", "a.pdf", "all.zip", "x.jsonl.sh"])
def test_another_kind_of_file_is_refused(name: str) -> None:
    with pytest.raises(CredenceError, match="is not a file of questions"):
        keep_upload(str(uploaded("x")), name)
    assert kept() == []


def test_a_file_that_is_too_large_is_refused() -> None:
    path = uploaded("x.jsonl")
    os.truncate(path, UPLOAD + 1)
    with pytest.raises(CredenceError, match="at most 50 MB can be uploaded: make calibrate"):
        keep_upload(str(path), "x.jsonl")
    assert kept() == []


def test_a_small_file_that_unpacks_to_a_large_one_is_refused() -> None:
    zeros = gzip.compress(bytes(1 << 24), 9)
    path = uploaded("x.jsonl.gz", zeros * (MOST_UNPACKED // (1 << 24) + 1))
    assert path.stat().st_size < 1_000_000
    with pytest.raises(CredenceError, match="more than 500 MB when it is unpacked"):
        keep_upload(str(path), "x.jsonl.gz")


def test_a_parquet_file_with_one_value_a_million_times_is_refused() -> None:
    column = pyarrow.array(["x"]).dictionary_encode().take(pyarrow.array([0] * (MOST_ROWS + 1)))
    path = uploaded("x.parquet")
    parquet.write_table(pyarrow.table({"question": column}), path)
    assert path.stat().st_size < 100_000
    with pytest.raises(CredenceError, match="too many rows: at most 1,000,000"):
        keep_upload(str(path), "x.parquet")


@pytest.mark.parametrize("data", [b"\x1f\x8bnot gzip", b"PAR1 not Parquet", b""])
def test_a_damaged_file_is_left_to_the_reader(data: bytes) -> None:
    assert keep_upload(str(uploaded("x.jsonl", data)), "x.jsonl").read_bytes() == data


def test_the_oldest_files_go_but_none_that_is_in_use() -> None:
    paths = []
    for number in range(MOST_FILES):
        paths.append(keep_upload(str(uploaded("x.csv", str(number).encode())), f"{number}.csv"))
        os.utime(paths[-1], (number, number))
    keep_upload(str(uploaded("x.csv", b"new")), "new.csv", needed={str(paths[0])})
    assert len(kept()) == MOST_FILES + 1 and paths[0].exists()
    os.utime(paths[0], (0, 0))
    keep_upload(str(uploaded("x.csv", b"newer")), "newer.csv", needed={str(paths[0])})
    assert paths[0].exists() and not paths[1].exists()
