"""The repository is a Hugging Face Space: README front matter, requirements.txt, app.py."""

import os
import shutil
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.metadata import requires, version
from pathlib import Path
from typing import Any

import gradio
import pytest
import yaml
from packaging.requirements import Requirement
from playwright.sync_api import FrameLocator, Page, expect

from chains.downloads.pins import BUILTIN
from chains.model_files import BUILTIN_REPOSITORY
from tests.ports import free_port

pytestmark = pytest.mark.repository

ROOT = Path(__file__).parents[2]
COLOURS = {"red", "yellow", "green", "blue", "indigo", "purple", "pink", "gray"}  # the Hub allows no other
EXTRAS = ("oauth", "mcp")  # of Gradio, which the builder of a Space adds to requirements.txt
START_SECONDS = 240  # it may fetch a model


@pytest.fixture
def card() -> dict[str, Any]:
    """The README's front matter."""
    before, front, _ = (ROOT / "README.md").read_text(encoding="utf-8").split("---\n", 2)
    assert before == ""
    data = yaml.safe_load(front)
    assert isinstance(data, dict)
    return data


def test_the_space_runs_the_pinned_gradio(card: dict[str, Any]) -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    requirements = [Requirement(line) for line in lines if line and not line.startswith("#")]
    (gradio,) = [requirement for requirement in requirements if requirement.name == "gradio"]
    assert card["sdk"] == "gradio"
    assert f"=={card['sdk_version']}" == str(gradio.specifier)
    assert card["python_version"] == "3.12"


def test_a_space_can_install_the_pins_with_the_extras_that_its_builder_adds() -> None:
    lines = (ROOT / "requirements.txt").read_text(encoding="utf-8").splitlines()
    pins = {Requirement(line).name.lower(): Requirement(line) for line in lines if line and line[0] != "#"}
    for line in requires("gradio") or ():
        needed = Requirement(line)
        pin = pins.get(needed.name.lower())
        wanted = needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in EXTRAS)
        if pin is not None and wanted:
            (exact,) = pin.specifier
            assert exact.version in needed.specifier, (
                f"{pin} is refused by gradio[{','.join(EXTRAS)}]: {needed}"
            )


def test_the_space_card_is_valid(card: dict[str, Any]) -> None:
    assert card["title"] == "Credence"
    assert card["license"] == "apache-2.0"
    assert {card["colorFrom"], card["colorTo"]} <= COLOURS
    assert 0 < len(card["short_description"]) <= 60
    assert (ROOT / card["app_file"]).is_file()
    assert card["suggested_hardware"] == "cpu-basic" and card["startup_duration_timeout"] == "1h"
    assert card["preload_from_hub"] == [f"{BUILTIN_REPOSITORY} {BUILTIN.name}"]
    assert BUILTIN_REPOSITORY in card["models"]
    assert card["hf_oauth"] is True and card["hf_oauth_scopes"] == ["inference-api"]


@pytest.fixture(scope="module")
def python_of_a_space(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A Python that has what the builder of a Space installs, in one command, and nothing else."""
    folder = tmp_path_factory.mktemp("space")
    python = folder / "bin" / "python"
    subprocess.run([sys.executable, "-m", "venv", str(folder)], check=True)
    install = [str(python), "-m", "pip", "install", "--quiet", "-r", str(ROOT / "requirements.txt")]
    beside = [
        f"gradio[{','.join(EXTRAS)}]=={version('gradio')}",
        "uvicorn>=0.14.0",
        "websockets>=10.4",
        "spaces",
    ]
    subprocess.run([*install, *beside], check=True)
    return python


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The files that a push carries, and nothing else of this folder."""
    folder = tmp_path_factory.mktemp("repository")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True, text=True)
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, folder / name)
    return folder


@pytest.fixture(scope="module")
def space(
    python_of_a_space: Path, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """The address of ``app.py`` as a Space starts it; it fails with its output if it does not answer."""
    output, port = tmp_path_factory.mktemp("output") / "output.txt", free_port()
    theirs = {"SYSTEM": "spaces", "SPACE_ID": "somebody/credence", "SPACE_HOST": "somebody-credence.hf.space"}
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {**theirs, "MODEL": "tiny", "PORT": str(port), "GRADIO_SERVER_NAME": "0.0.0.0"}
    with (
        output.open("w") as stream,
        subprocess.Popen(
            [str(python_of_a_space), "app.py"], cwd=repository, env=environment, stdout=stream, stderr=stream
        ) as process,
    ):
        address = f"http://127.0.0.1:{port}"
        status = status_of(f"{address}/", process)
        text = output.read_text(encoding="utf-8")
        if status == 200:
            yield address
        process.terminate()
        try:
            process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            process.kill()
    assert status == 200, text


def status_of(address: str, process: subprocess.Popen[bytes]) -> int | None:
    """The status of its first answer, or None if it stopped or did not answer in time."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        try:
            with urllib.request.urlopen(address, timeout=10) as response:
                status: int = response.status
                return status
        except urllib.error.URLError:
            time.sleep(0.5)
    return None


@pytest.fixture
def other_site(space: str, tmp_path: Path) -> Iterator[str]:
    """The address of a site, under another host name, that shows the Space in two ways."""
    (tmp_path / "frame.html").write_text(
        f'<!doctype html><iframe src="{space}/" width="1200" height="800"></iframe>'
    )
    (tmp_path / "element.html").write_text(
        f'<!doctype html><script type="module" src="gradio.js"></script><gradio-app src="{space}"></gradio-app>'
    )
    for name in ("gradio.js", "assets"):
        (tmp_path / name).symlink_to(Path(gradio.__file__).parent / "templates" / "frontend" / name)
    handler = partial(Quiet, directory=str(tmp_path))
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://localhost:{server.server_address[1]}"
        server.shutdown()
        thread.join()


class Quiet(SimpleHTTPRequestHandler):
    """Serves files, and nothing for the icon that browsers ask for; says nothing."""

    def do_GET(self) -> None:
        if self.path != "/favicon.ico":
            return super().do_GET()
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


def answers(place: Page | FrameLocator) -> None:
    """Ask a question there, and wait for its answer and its confidence."""
    expect(place.locator(".cr-empty")).to_be_visible(timeout=60_000)
    box = place.get_by_placeholder("Ask something …")
    box.fill("What is the capital of France?")
    box.press("Enter")
    expect(place.locator(".cr-answer .cr-token").nth(3)).to_be_visible(timeout=120_000)
    place.locator(".cr-composer .stop-button").click()  # this small model may go on for long
    expect(place.locator(".cr-turn .cr-tools")).to_be_visible(timeout=120_000)
    expect(place.locator(".cr-badge").first).to_be_visible()


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_space_answers_in_a_frame_of_another_site(page: Page, other_site: str, page_log: Any) -> None:
    page.goto(f"{other_site}/frame.html")
    answers(page.frame_locator("iframe"))
    page_log.errors[:] = [error for error in page_log.errors if "Blocked autofocusing" not in error]


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_space_answers_as_an_element_of_another_page(page: Page, other_site: str) -> None:
    page.goto(f"{other_site}/element.html")
    answers(page)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.browser  # beside the tests above, so that one Space is built for all
def test_a_space_is_shared(space: str) -> None:
    with urllib.request.urlopen(f"{space}/") as reply:
        assert reply.headers["Content-Security-Policy"].endswith("frame-ancestors *")
    upload = urllib.request.Request(f"{space}/gradio_api/upload", data=b"x", method="POST")
    with pytest.raises(urllib.error.HTTPError, match="404"):
        urllib.request.urlopen(upload)
