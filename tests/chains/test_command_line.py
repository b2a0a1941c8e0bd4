"""Commands of a package, and what is said where one of them does not end well."""

from collections.abc import Callable

import pytest

from chains.command_line import Commands, exit_code
from chains.errors import CredenceError

PACKAGE = Commands.__module__.rpartition(".")[0]  # of this project, under whatever name it is installed
COMMANDS = Commands("python -m pets", PACKAGE, "Pets.", {"bark": ("errors", "says wow")})


def raising(error: BaseException) -> Callable[[], int]:
    def run() -> int:
        raise error

    return run


def test_the_help_names_every_command(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        COMMANDS.chosen(["--help"])
    output = capsys.readouterr().out
    assert ended.value.code == 0
    assert "usage: python -m pets" in output and "bark  says wow" in output
    assert "`python -m pets COMMAND --help`" in output


def test_a_command_is_chosen_with_what_follows_it() -> None:
    command, run = COMMANDS.chosen(["bark", "--loud", "x"])
    assert command == "bark"
    # Its module is imported now, and not before; this one has no main.
    with pytest.raises(AttributeError, match=r"chains\.errors.*main"):
        run()


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
    assert exit_code("bark", raising(error), extra="dogs", kept="the bone is kept") == code
    assert capsys.readouterr().err == message


def test_an_error_of_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError):
        exit_code("bark", raising(ZeroDivisionError()), extra="dogs", kept="")


def test_the_code_of_the_command_is_passed_on() -> None:
    assert exit_code("bark", lambda: 1, extra="dogs", kept="") == 1
