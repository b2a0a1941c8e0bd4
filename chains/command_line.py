"""Command lines, ``python -m PACKAGE COMMAND …``: choosing a command, and every error as a sentence."""

import argparse
import importlib
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from chains.errors import CredenceError


@dataclass(frozen=True, slots=True)
class Commands:
    """Commands that are modules with a ``main(arguments)``, each imported when it is called."""

    prog: str  # as it is typed
    package: str  # where the modules are
    about: str
    modules: Mapping[str, tuple[str, str]]  # command → (module, what it does)
    word: str = "command"  # what a command is called in the help

    def chosen(self, arguments: Sequence[str] | None = None) -> tuple[str, Callable[[], int]]:
        """The command that was typed, and what runs it; argparse ends the process where there is none such."""
        width = max(map(len, self.modules))
        told = "\n".join(f"  {name:<{width}}  {what}" for name, (_, what) in self.modules.items())
        parser = argparse.ArgumentParser(
            prog=self.prog,
            description=f"{self.about}\n\n{self.word}s:\n{told}",
            formatter_class=argparse.RawDescriptionHelpFormatter,
            epilog=f"`{self.prog} {self.word.upper()} --help` tells about one of them.",
        )
        parser.add_argument("chosen", choices=self.modules, metavar=self.word.upper())
        parser.add_argument("arguments", nargs=argparse.REMAINDER, help=argparse.SUPPRESS)
        args = parser.parse_args(arguments)
        name = f"{self.package}.{self.modules[args.chosen][0]}"
        return args.chosen, lambda: int(importlib.import_module(name).main(args.arguments))


def exit_code(command: str, run: Callable[[], int], *, extra: str, kept: str) -> int:
    """Run a command; its exit code, 2 for what was given wrongly or is not there, 130 where a person stopped it.

    Parameters
    ----------
    extra : the extra of the package that installs what the commands need
    kept : what is said to a person who stopped it
    """
    try:
        return run()
    except CredenceError as error:
        said = str(error)
    except ModuleNotFoundError as error:
        said = f'{error.name} is not installed. Install it with: pip install "credence-chat[{extra}]"'
    except BrokenPipeError:  # whoever read the output, such as `head`, has read enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except OSError as error:
        what = "There is no file" if isinstance(error, FileNotFoundError) else f"{error.strerror}:"
        said = f"{what} {error.filename}." if error.filename else str(error)
    except KeyboardInterrupt:
        print(f"\n{command}: stopped; {kept}.", file=sys.stderr)
        return 130
    print(f"{command}: {said}", file=sys.stderr)
    return 2
