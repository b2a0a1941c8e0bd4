"""Command lines such as ``python -m PACKAGE COMMAND …``: choosing the command, and errors as plain sentences."""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chains.errors import CredenceError


@dataclass(frozen=True, slots=True)
class Commands:
    """A set of commands; each is a module with ``main(arguments)``, imported only when it is run."""

    prog: str  # what a person types
    package: str  # the package of the modules
    about: str
    modules: Mapping[str, tuple[str, str]]  # command → (module, description)
    word: str = "command"  # the word for a command in the help

    def chosen(self, arguments: Sequence[str] | None = None) -> tuple[str, Callable[[], int]]:
        """The chosen command and a function that runs it; argparse exits if there is no such command."""
        width = max(map(len, self.modules))
        listing = "\n".join(f"  {name:<{width}}  {text}" for name, (_, text) in self.modules.items())
        parser = argparse.ArgumentParser(
            prog=self.prog,
            description=f"{self.about}\n\n{self.word}s:\n{listing}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            epilog=f"`{self.prog} {self.word.upper()} --help` shows the options of one {self.word}.",
        )
        parser.add_argument("chosen", choices=self.modules, metavar=self.word.upper())
        parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
        args = parser.parse_args(arguments)
        module = f"{self.package}.{self.modules[args.chosen][0]}"
        return args.chosen, lambda: int(importlib.import_module(module).main(args.arguments))


def exit_code(command: str, run: Callable[[], int], *, extra: str, kept: str) -> int:
    """Run a command and return its exit code: 2 after an error that the person can fix, 130 if they stopped it.

    Parameters
    ----------
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
        print(f"\n{command}: stopped; {kept}.", file=sys.stderr)
        return 130
    print(f"{command}: {message}", file=sys.stderr)
    return 2
