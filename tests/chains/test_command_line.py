"""Commands of a package, and the messages if one of them fails."""

import argparse
import sys
from collections.abc import Callable
from types import ModuleType

import pytest

from chains.command_line import CommandParser, add_commands, at_least, exit_code, run_command
from chains.errors import CredenceError


def raising(error: BaseException) -> Callable[[], int]:
    def run() -> int:
        raise error

    return run


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--loud", action="store_true", help="so that all hear it")
    parser.add_argument("times", type=at_least(1))


def run(args: argparse.Namespace) -> int:
    if args.loud:
        raise CredenceError("The neighbours sleep.")
    return int(args.times)


@pytest.fixture
def pets(monkeypatch: pytest.MonkeyPatch) -> CommandParser:
    """``python -m pets``, with the command bark, and purr, whose module is missing."""
    bark = ModuleType("pets.bark", "Bark some times.\n\nLine breaks are kept.")
    bark.add_arguments, bark.run = add_arguments, run  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "pets.bark", bark)
    monkeypatch.setitem(sys.modules, "pets", ModuleType("pets"))
    parser = CommandParser(prog="python -m pets", description="Pets.")
    add_commands(parser, "pets", {"bark": ("bark", "says wow"), "purr": ("purr", "says nothing")})
    return parser


def code_of(pets: CommandParser, *arguments: str) -> int:
    return run_command(pets, arguments, extra="dogs", kept="the bone is kept")


def test_the_help_names_every_command_and_imports_none(
    pets: CommandParser, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        code_of(pets, "--help")
    output = capsys.readouterr().out
    assert ended.value.code == 0
    assert "usage: python -m pets" in output and "says wow" in output and "says nothing" in output
    assert "`python -m pets COMMAND --help`" in output


def test_a_command_has_a_help_of_its_own(pets: CommandParser, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        code_of(pets, "bark", "--help")
    output = capsys.readouterr().out
    assert ended.value.code == 0
    assert "usage: python -m pets bark" in output and "so that all hear it" in output
    assert "Bark some times.\n\nLine breaks are kept." in output


def test_a_command_runs_with_what_follows_it(pets: CommandParser, capsys: pytest.CaptureFixture[str]) -> None:
    assert code_of(pets, "bark", "3") == 3
    assert code_of(pets, "bark", "--loud", "3") == 2
    assert capsys.readouterr().err == "bark: The neighbours sleep.\n"
    assert code_of(pets, "purr") == 2
    assert capsys.readouterr().err.startswith("purr: pets.purr is not installed.")


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("meow",), "meow"),
        ((), "the following arguments are required: COMMAND"),
        (("bark", "0"), "python -m pets bark: error: argument times: 0 is less than 1"),
        (("bark", "1", "--far"), "python -m pets bark: error: unrecognized arguments: --far"),
    ],
)
def test_wrong_arguments_end_with_2(
    pets: CommandParser, arguments: tuple[str, ...], message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        code_of(pets, *arguments)
    assert ended.value.code == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (CredenceError("No dog: buy one."), 2, "bark: No dog: buy one.\n"),
        (FileNotFoundError(2, "No such file", "/a"), 2, "bark: There is no file /a.\n"),
        (PermissionError(13, "Permission denied", "/a"), 2, "bark: Permission denied: /a.\n"),
        (OSError("no filename"), 2, "bark: no filename\n"),
        (
            ModuleNotFoundError("x", name="scipy"),
            2,
            'bark: scipy is not installed. Install it with: pip install "credence-chat[dogs]"\n',
        ),
        (KeyboardInterrupt(), 130, "\nbark: stopped; the bone is kept.\n"),
    ],
)
def test_an_error_is_a_sentence(
    error: BaseException, code: int, message: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert (
        exit_code(argparse.Namespace(command="bark"), raising(error), extra="dogs", kept="the bone is kept")
        == code
    )
    assert capsys.readouterr().err == message


def test_an_error_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        exit_code(argparse.Namespace(command="bark"), raising(ZeroDivisionError()), extra="dogs", kept="")


def test_the_code_of_the_command_is_passed_on() -> None:
    assert exit_code(argparse.Namespace(command="bark"), lambda: 1, extra="dogs", kept="") == 1
