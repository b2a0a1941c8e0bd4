"""Command lines such as ``python -m PACKAGE COMMAND …``: argparse subparsers, and errors as plain sentences."""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from chains.errors import CredenceError

Commands = Mapping[str, tuple[str, str]]  # command → (module, what it does)


class CommandParser(argparse.ArgumentParser):
    """The parser of one command.

    The command's module says what it does (its docstring), which options it has (``add_arguments(parser)``) and what
    it runs (``run(args)``, which returns the exit code; none if it lets the person choose among further commands). It
    is imported when the command is used, not before.
    """

    def __init__(self, *, module: str = "", **options: Any) -> None:
        super().__init__(**{"formatter_class": argparse.RawDescriptionHelpFormatter, **options})
        self._module = module

    def parse_known_args(  # type: ignore[override]  # argparse declares three overloads
        self, args: Sequence[str] | None = None, namespace: argparse.Namespace | None = None
    ) -> tuple[argparse.Namespace, list[str]]:
        """Add the options of the command's module, then parse; an unknown option is an error of this command."""
        if self._module:
            module = importlib.import_module(self._module)
            self._module = ""
            self.description = module.__doc__
            self.set_defaults(run_command=getattr(module, "run", None))
            module.add_arguments(self)
        parsed, unknown = super().parse_known_args(args, namespace)
        if unknown:
            self.error(f"unrecognized arguments: {' '.join(unknown)}")
        return parsed, unknown


def add_commands(
    parser: argparse.ArgumentParser, package: str, commands: Commands, word: str = "command"
) -> None:
    """Let a parser choose among commands, whose modules are in ``package``; ``word`` is the help's word for one."""
    parser.epilog = f"`{parser.prog} {word.upper()} --help` shows the options of one {word}."
    choices = parser.add_subparsers(
        title=f"{word}s", dest=word, required=True, metavar=word.upper(), parser_class=CommandParser
    )
    for name, (module, text) in commands.items():
        choices.add_parser(name, help=text, module=f"{package}.{module}")


def run_command(
    parser: argparse.ArgumentParser, arguments: Sequence[str] | None, *, extra: str, kept: str
) -> int:
    """Run the command that the arguments name; returns what ``exit_code`` does. argparse exits with 2 by itself."""
    args = argparse.Namespace(command="")

    def run() -> int:
        parser.parse_args(arguments, args)
        return int(args.run_command(args))

    return exit_code(args, run, extra=extra, kept=kept)


def exit_code(args: argparse.Namespace, run: Callable[[], int], *, extra: str, kept: str) -> int:
    """Run a command and return its exit code: 2 after an error that the person can fix, 130 if they stopped it.

    Parameters
    ----------
    args : ``args.command`` is the command's name in the message
    extra : the package extra that installs what the commands need
    kept : what is kept when a person stops the command, as a clause for the message
    """
    try:
        return run()
    except CredenceError as error:
        message = str(error)
    except ModuleNotFoundError as error:
        message = f'{error.name} is not installed. Install it with: pip install "credence-chat[{extra}]"'
    except BrokenPipeError:  # the reader of the output, such as `head`, closed it
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        problem = "There is no file" if isinstance(error, FileNotFoundError) else f"{error.strerror}:"
        message = f"{problem} {error.filename}." if error.filename else str(error)
    except KeyboardInterrupt:
        print(f"\n{args.command}: stopped; {kept}.", file=sys.stderr)
        return 130
    print(f"{args.command}: {message}", file=sys.stderr)
    return 2


def at_least(least: int) -> Callable[[str], int]:
    """An argument type: a whole number of at least ``least``."""

    def number(text: str) -> int:
        if (value := int(text)) < least:
            raise argparse.ArgumentTypeError(f"{text} is less than {least}")
        return value

    return number


positive = at_least(1)
