"""Every prompt is a plain text file beside this one, with ``string.Template`` fields."""

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

        Raises KeyError when a field is missing or one is given that the template lacks.

        >>> Prompt("greeting", "Hello $name", "").fill(name="Ada")
        'Hello Ada'
        """
        wanted = set(Template(self.template).get_identifiers())
        if wanted != set(fields):
            raise KeyError(
                f"prompt {self.name}: missing {sorted(wanted - set(fields))}, surplus {sorted(set(fields) - wanted)}"
            )
        return Template(self.template).substitute(fields)


@cache
def load(name: str) -> Prompt:
    """The prompt in ``prompts/NAME.txt``; raises FileNotFoundError naming it when there is none."""
    file = files(__package__) / f"{name}.txt"
    try:
        template = file.read_text(encoding="utf-8").rstrip("\n")
    except FileNotFoundError:
        raise FileNotFoundError(f"there is no prompt named {name!r}") from None
    return Prompt(name, template, hashlib.sha256(template.encode()).hexdigest())
