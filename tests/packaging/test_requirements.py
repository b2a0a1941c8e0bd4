"""pyproject.toml's ranges, the pins of requirements.txt and requirements-mcp.txt and the imports agree."""

import ast
import sys
import tomllib
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import hatch_build

pytestmark = pytest.mark.repository

ROOT = Path(__file__).parents[2]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
IMPORTED_AS = {
    "opentelemetry": "opentelemetry-api",
    "yaml": "pyyaml",
}  # the import name → the distribution, where they differ
EXTRAS = PROJECT["optional-dependencies"]


def declared() -> list[Requirement]:
    extras = (line for extra in EXTRAS.values() for line in extra)
    requirements = [Requirement(line) for line in (*PROJECT["dependencies"], *extras)]
    return [
        requirement for requirement in requirements if requirement.name != PROJECT["name"]
    ]  # an extra may hold other extras


def pins(file: str) -> list[Requirement]:
    lines = (ROOT / file).read_text(encoding="utf-8").splitlines()
    return [Requirement(line) for line in lines if line and not line.startswith(("#", "-r "))]


def app_pins() -> list[Requirement]:
    return pins("requirements.txt") + pins("requirements-mcp.txt")


def names(requirements: list[Requirement]) -> list[str]:
    return sorted(canonicalize_name(requirement.name) for requirement in requirements)


def version(pin: Requirement) -> str:
    (specifier,) = pin.specifier
    assert specifier.operator == "==" and "*" not in specifier.version, f"{pin} is no exact pin"
    return specifier.version


def test_what_is_declared_is_pinned_once_and_nothing_else() -> None:
    assert names(app_pins()) == sorted(set(names(declared())))  # two extras may need the same


def test_every_pin_lies_in_its_range() -> None:
    pinned = {canonicalize_name(pin.name): version(pin) for pin in app_pins()}
    for requirement in declared():
        name = canonicalize_name(requirement.name)
        assert pinned[name] in requirement.specifier, f"{name}=={pinned[name]} is not in {requirement}"


def test_the_build_backend_is_pinned_as_in_development() -> None:
    build = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]
    (backend,) = [pin for pin in pins("requirements-dev.txt") if pin.name == "hatchling"]
    assert build["requires"] == [str(backend)]


def test_development_pins_are_exact() -> None:
    assert [version(pin) for pin in pins("requirements-dev.txt")]
    assert "-r requirements-mcp.txt" in (ROOT / "requirements-dev.txt").read_text(encoding="utf-8")


def test_every_import_of_shipped_code_is_declared() -> None:
    """A library that comes along with another one today may not tomorrow."""
    allowed = set(names(declared())) | hatch_build.ROOTS | set(sys.stdlib_module_names)
    missing = []
    files = [
        ROOT / "app.py",
        *(file for root in hatch_build.PACKAGES for file in (ROOT / root).rglob("*.py")),
    ]
    for file in files:
        if not file.is_file():
            continue
        for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
            modules: list[str] = []
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom) and node.level == 0:
                modules = [node.module or ""]
            for root in (module.partition(".")[0] for module in modules):
                if root not in allowed and canonicalize_name(IMPORTED_AS.get(root, root)) not in allowed:
                    missing.append(f"{file.relative_to(ROOT)} imports {root}")
    assert missing == []
