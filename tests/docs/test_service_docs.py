"""Every example of docs/service.md runs, against a service of the scripted model."""

import json
import re
import shlex
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from chains.engines.scripted import ScriptedChatModel
from chains.models.line import MOST
from cli.__main__ import MODULES, main
from service import limits
from service.mcp_tools.server import mcp_server  # noqa: F401 - needed by the examples
from tests.service.running import Running, running

pytestmark = pytest.mark.repository

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "service.md").read_text(encoding="utf-8")
ADDRESS = "http://127.0.0.1:8000"


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```$", PAGE, re.MULTILINE | re.DOTALL)


@pytest.fixture(scope="module")
def served() -> Iterator[Running]:
    with running(ScriptedChatModel()) as service:
        yield service


def test_the_python_examples_run_in_their_order(served: Running, capsys: pytest.CaptureFixture[str]) -> None:
    names: dict[str, Any] = {}
    assert len(blocks("python")) == 6
    for code in blocks("python"):
        exec(compile(code.replace(ADDRESS, served.url), "service.md", "exec"), names)
    printed = capsys.readouterr().out.splitlines()
    assert printed[0].startswith("0.65") or "Jupiter" in printed[0]
    assert [
        line.startswith("The capital of Australia is probably Canberra. 0.7") for line in printed[1:2]
    ] == [True]
    assert printed[3] == "The capital of Australia is probably Canberra. 0.7100"  # through LangChain
    assert printed[-1].startswith("71 %, not calibrated")


def test_the_commands_run(
    served: Running, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    (answers,) = blocks("csv")
    (tmp_path / "answers.csv").write_text(answers)
    monkeypatch.chdir(tmp_path)
    codes = []
    for line in "".join(blocks("bash")).replace("\\\n", " ").splitlines():
        program, *arguments = shlex.split(line)
        if program == "curl":
            url = [argument.replace(ADDRESS, served.url) for argument in arguments]
            told = subprocess.run(
                ["curl", *url], capture_output=True, text=True, check=True, timeout=100
            ).stdout
            assert '"confidence": ' in told or '"confidence":' in told, told
        elif arguments[0] != "serve":  # what it does is tested in tests/cli
            codes.append(main(arguments))
    assert codes == [0, 0, 0, 0], capsys.readouterr()


def test_the_agent_configuration_starts_the_tools() -> None:
    (configuration,) = blocks("json")
    server = json.loads(configuration)["mcpServers"]["credence"]
    assert server["command"] == "credence" and server["args"][0] in MODULES
    assert main_help(server["args"][0])


def main_help(command: str) -> bool:
    with pytest.raises(SystemExit) as ended:
        main([command, "--help"])
    return ended.value.code == 0


def test_the_numbers_of_the_page_are_those_of_the_code() -> None:
    assert f"up to {limits.ITEMS} questions" in PAGE and limits.BODY == 2_000_000
    assert f"at most {MOST} questions" in PAGE
