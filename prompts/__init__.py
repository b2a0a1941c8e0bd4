"""Loads the prompts, which are text files in this folder with ``string.Template`` fields. No prompt text belongs in code."""

import hashlib
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from string import Template


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt's name, its template and the sha256 of that template."""

    name: str
    template: str
    sha256: str

    def fill(self, **fields: str) -> str:
        """The prompt with its fields filled in.

        Raises KeyError if a field is missing or the template lacks it.

        >>> Prompt("greeting", "Hello $name", "").fill(name="Ada")
        'Hello Ada'
        """
        names = set(Template(self.template).get_identifiers())
        if names != set(fields):
            raise KeyError(
                f"prompt {self.name}: missing {sorted(names - set(fields))}, unexpected {sorted(set(fields) - names)}"
            )
        return Template(self.template).substitute(fields)


@cache
def load(name: str) -> Prompt:
    """The prompt in ``prompts/NAME.txt``; raises FileNotFoundError if there is none."""
    file = files(__package__) / f"{name}.txt"
    try:
        template = file.read_text(encoding="utf-8").rstrip("\n")
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no prompt named {name!r}") from None
    return Prompt(name, template, hashlib.sha256(template.encode()).hexdigest())
