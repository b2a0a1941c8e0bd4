"""The wheel lives beside other people's ``ui`` and ``prompts``, and passes a sample of our own tests there."""

import ast
import os
import re
import shutil
import subprocess
import sys
import sysconfig
import tarfile
import urllib.request
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from hatch_build import NAME, PACKAGES, ROOTS, rewrite_imports
from tests.ports import free_port

pytestmark = pytest.mark.repository

ROOT = Path(__file__).parents[2]
FAST = "not slow and not browser and not repository and not needs_shared"
# Of every package, what reads its data files, starts its modules or serves its pages: a wheel can differ in those alone.
SAMPLE = (
    "tests/test_prompts.py",
    "tests/estimators/markers",
    "tests/chains/test_assess.py",
    "tests/chains/test_command_line.py",
    "tests/chains/calibration",
    "tests/chains/engines/test_open.py",
    "tests/evaluation/test_own_questions.py",
    "tests/evaluation/commands/test_mic.py",
    "tests/evaluation/commands/test_report.py",
    "tests/evaluation/commands/test_score.py",
    "tests/evaluation/commands/test_stability.py",
    "tests/study/test_commands.py",
    "tests/study/test_templates.py",
    "tests/study/test_analyse_report.py",
    "tests/training/test_commands.py",
    "tests/ui/test_api.py",
    "tests/ui/test_calibration_screen.py",
    "tests/ui/test_study_researcher.py",
    "tests/ui/test_study_serving.py",
)
IMPORT_ALL = f"""
import importlib, pkgutil, {NAME}
for module in pkgutil.walk_packages({NAME}.__path__, "{NAME}."):
    if not module.name.endswith(".__main__"):
        print(importlib.import_module(module.name).__name__)
"""


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from ui import a", "from credence_chat.ui import a"),
        (
            "from ui.chat.page import (\n    a,\n    b,\n)",
            "from credence_chat.ui.chat.page import (\n    a,\n    b,\n)",
        ),
        ("from \\\n  ui import a", "from \\\n  credence_chat.ui import a"),
        ("é = 1; from ui import a", "é = 1; from credence_chat.ui import a"),
        ("x = 'é'; import ui.a as b", "x = 'é'; import credence_chat.ui.a as b"),
        ("import ui, app, os", "import credence_chat.ui as ui, credence_chat.app as app, os"),
        ("import ui.a", "import credence_chat.ui.a, credence_chat.ui as ui"),
        ("if x:\n\tfrom app import y\r\n", "if x:\n\tfrom credence_chat.app import y\r\n"),
        ("\x0c\nfrom app import y", "\x0c\nfrom credence_chat.app import y"),
        ("import uistuff, os.ui", "import uistuff, os.ui"),
        ("from . import ui", "from . import ui"),
        ("from langchain.chains import x", "from langchain.chains import x"),
        ("'from ui import a'  # import ui", "'from ui import a'  # import ui"),
        ("ui = 1; print(ui)", "ui = 1; print(ui)"),
    ],
)
def test_import_statements_move_and_nothing_else(source: str, expected: str) -> None:
    assert rewrite_imports(source) == expected


def is_module(package: str, name: str) -> bool:
    folder = ROOT / package / name
    return name.isidentifier() and (folder.is_dir() or folder.with_suffix(".py").is_file())


def module_strings(source: str) -> Iterator[ast.Constant]:
    """Literals that name one of our modules: ``"chains.errors"``, or ``"study"`` after ``"-m"``."""
    after_dash_m = False
    for node in ast.walk(ast.parse(source)):
        # ast.walk is breadth first, so the elements of one list or call come in order.
        if isinstance(node, ast.Constant) and isinstance(node.value, str):
            root, *inside = node.value.split(".")
            if root in ROOTS and (is_module(root, inside[0]) if inside else after_dash_m):
                yield node
            after_dash_m = node.value == "-m"


def test_shipped_code_names_its_modules_by_package_not_by_string() -> None:
    """``"chains.errors"`` in a string is ``credence_chat.chains.errors`` in the wheel."""
    files = [file for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    named = [
        f"{file.relative_to(ROOT)}:{node.lineno}: {node.value!r}"
        for file in [ROOT / "app.py", *files]
        if file.is_file()
        for node in module_strings(file.read_text(encoding="utf-8"))
    ]
    assert files
    assert named == []


def test_module_names_in_strings_are_found() -> None:
    source = "run([python, '-m', 'study', 'serve']); patch('chains.errors.X'); 'study'; 'app.py'; 'chains.'"
    assert {node.value for node in module_strings(source)} == {"study", "chains.errors.X"}


def move_string(value: str, named: bool) -> str:
    """A string as the installed package needs it: a module's name, or a whole program."""
    if named:
        return f"{NAME}.{value}"
    try:
        return rewrite_imports(value)
    except (SyntaxError, ValueError):  # prose, not a program
        return value


def move_test(source: str) -> str:
    """A test's source for the installed package: its imports, and the modules it patches or runs."""
    tree = ast.parse(source)
    named = {(node.lineno, node.col_offset) for node in module_strings(source)}
    inside_f_strings = {
        part for node in ast.walk(tree) if isinstance(node, ast.JoinedStr) for part in ast.walk(node)
    }
    data = source.encode()
    line_starts = [0, *(match.end() for match in re.finditer(rb"\n", data))]
    strings = [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and node not in inside_f_strings
    ]
    for node in sorted(strings, key=lambda node: (node.lineno, node.col_offset), reverse=True):
        assert node.end_lineno is not None and node.end_col_offset is not None
        moved = move_string(str(node.value), (node.lineno, node.col_offset) in named)
        if moved != node.value:
            start = line_starts[node.lineno - 1] + node.col_offset
            end = line_starts[node.end_lineno - 1] + node.end_col_offset
            data = data[:start] + repr(moved).encode() + data[end:]
    return rewrite_imports(data.decode())


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("from chains import errors", "from credence_chat.chains import errors"),
        ("patch('chains.errors.X', 'study')", "patch('credence_chat.chains.errors.X', 'study')"),
        ("run('-m', 'study')", "run('-m', 'credence_chat.study')"),
        ("('import os; '\n 'from ui import a')", "('import os; from credence_chat.ui import a')"),
        ("f'{x} import ui', 'import a chat'", "f'{x} import ui', 'import a chat'"),
    ],
)
def test_a_test_is_moved_with_the_modules_it_patches_and_runs(source: str, expected: str) -> None:
    assert move_test(source) == expected


@dataclass(frozen=True, slots=True)
class Built:
    """What ``python -m build`` made."""

    sdist: Path
    wheel: Path


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Built:
    """The sdist, and the wheel built from it."""
    folder = tmp_path_factory.mktemp("dist")
    command = [sys.executable, "-m", "build", "--no-isolation", "--outdir", str(folder), str(ROOT)]
    subprocess.run(command, check=True, capture_output=True)
    (sdist,), (wheel,) = folder.glob("*.tar.gz"), folder.glob("*.whl")
    return Built(sdist, wheel)


@pytest.fixture(scope="module")
def installed(built: Built, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The Python of a clean environment: the wheel, our dependencies, and other people's packages."""
    folder = tmp_path_factory.mktemp("installed")
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = folder / "bin" / "python"
    pip = [sys.executable, "-m", "pip", "--python", str(python), "install", "--quiet"]
    subprocess.run([*pip, "--no-deps", "--no-index", str(built.wheel)], check=True)
    (packages,) = folder.glob("lib/python*/site-packages")
    # The dependencies, borrowed after everything that stands here, so that nothing is downloaded.
    (packages / "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    for name in ROOTS:
        (packages / name).mkdir()
        (packages / name / "__init__.py").write_text(f"raise AssertionError('somebody else\\'s {name}')")
    return python


def run(program: Path, *arguments: str, folder: Path) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    return subprocess.run(
        [str(program), *arguments], cwd=folder, env=environment, capture_output=True, text=True
    )


@pytest.mark.slow
def test_the_wheel_holds_one_package_with_all_its_files(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        names = set(archive.namelist())
    assert {name.partition("/")[0] for name in names} == {NAME, "credence_chat-0.1.0.dist-info"}
    ours = [file for package in PACKAGES for file in (ROOT / package).rglob("*") if file.is_file()]
    files = [file.relative_to(ROOT) for file in ours if "__pycache__" not in file.parts]
    assert {f"{NAME}/{file.as_posix()}" for file in files} <= names
    assert {f"{NAME}/__init__.py", f"{NAME}/app.py", f"{NAME}/py.typed"} <= names


@pytest.mark.slow
def test_the_sdist_holds_what_a_build_and_the_tests_need(built: Built) -> None:
    with tarfile.open(built.sdist) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    assert {
        "LICENSE",
        "Makefile",
        "app.py",
        "hatch_build.py",
        "requirements.txt",
        "tests/conftest.py",
    } <= names


@pytest.mark.slow
def test_the_long_description_has_no_front_matter(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        metadata = archive.read("credence_chat-0.1.0.dist-info/METADATA").decode()
    assert metadata.partition("\n\n")[2].startswith("# Credence")


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_every_module_imports_beside_other_peoples_packages(installed: Path, tmp_path: Path) -> None:
    result = run(installed, "-c", IMPORT_ALL, folder=tmp_path)
    assert result.returncode == 0, result.stderr
    assert {f"{NAME}.app", f"{NAME}.estimators.types"} <= set(result.stdout.split())


@pytest.mark.slow
def test_the_command_of_the_wheel_starts(installed: Path, tmp_path: Path) -> None:
    result = run(installed.with_name("credence-chat"), "--help", folder=tmp_path)
    assert result.returncode == 0, result.stderr
    assert "shows how sure a language model really is" in result.stdout


@pytest.mark.slow
def test_uvx_and_pipx_find_a_command_with_the_name_of_the_package(built: Built) -> None:
    with zipfile.ZipFile(built.wheel) as archive:
        commands = archive.read("credence_chat-0.1.0.dist-info/entry_points.txt").decode()
        metadata = archive.read("credence_chat-0.1.0.dist-info/METADATA").decode()
    assert "[console_scripts]\n" in commands and "\ncredence-chat = credence_chat.app:main\n" in commands
    assert "\nName: credence-chat\n" in metadata


@pytest.mark.slow
@pytest.mark.timeout(300)
def test_the_command_of_the_wheel_serves_the_chat(installed: Path, tmp_path: Path) -> None:
    port = free_port()
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    environment |= {"MODEL": "scripted", "PORT": str(port), "CREDENCE_DATA": str(tmp_path / "data")}
    command = [str(installed.with_name("credence-chat"))]
    with subprocess.Popen(
        command, cwd=tmp_path, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as process:
        assert process.stdout is not None
        ready = next((line for line in process.stdout if "Credence is ready at" in line), "")
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/", timeout=60) as page:
                text = page.read().decode()
        finally:
            process.terminate()
            process.stdout.close()
    assert f"http://127.0.0.1:{port}" in ready and "Credence" in text


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_a_sample_of_the_tests_of_every_package_passes_against_the_wheel(
    installed: Path, tmp_path: Path
) -> None:
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    ignore = shutil.ignore_patterns("__pycache__", "docs", "packaging")  # about the repository
    for name in ("tests", "benchmarks"):  # what the tests import besides the package
        shutil.copytree(ROOT / name, tmp_path / name, ignore=ignore)
    for file in tmp_path.rglob("*.py"):
        file.write_bytes(move_test(file.read_bytes().decode()).encode())
    arguments = ["-m", "pytest", *SAMPLE, "-q", "-m", FAST, "-p", "no:cacheprovider"]
    result = run(installed, *arguments, folder=tmp_path)
    assert result.returncode == 0, result.stdout[-8000:] + result.stderr[-2000:]
    assert re.search(r"^\d+ passed", result.stdout, re.MULTILINE), result.stdout[-2000:]
