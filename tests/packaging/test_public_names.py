"""``credence_chat`` hands out the public names, and is cheap to import."""

import subprocess
import sys
from pathlib import Path

import pytest

import credence_chat

ROOT = Path(__file__).parents[2]

pytestmark = pytest.mark.repository


def test_the_advertised_names_are_the_ones_that_are_found() -> None:
    assert set(credence_chat._PACKAGE_OF) == set(credence_chat.__all__)
    assert set(credence_chat.__all__) <= set(dir(credence_chat))


@pytest.mark.parametrize("name", credence_chat.__all__)
def test_every_public_name_can_be_had(name: str) -> None:
    assert getattr(credence_chat, name) is not None


def test_an_unknown_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'credence_chat' has no attribute 'asess'"):
        _ = credence_chat.asess


def test_importing_it_loads_none_of_the_libraries() -> None:
    code = "import sys, credence_chat; print({'gradio', 'langchain_core', 'numpy'} & {*sys.modules})"
    result = subprocess.run(
        [sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True
    )
    assert result.stdout.strip() == "set()"
