"""Reads design files; every error names its line and how to fix it."""

import difflib
import hashlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Any

import yaml
from pydantic import BaseModel, ValidationError

from study.design.model import Design
from study.design.parts import Questionnaire
from study.design.rules.design_rules import faults
from study.design.yaml_marks import Marked, Place, marked
from study.errors import BadDesign

LARGEST = 10_000_000  # bytes of a design file


@dataclass(frozen=True, slots=True)
class DesignFile:
    """A design with the file it came from."""

    path: Path
    text: str
    sha256: str  # of the file's bytes; stored in every row
    design: Design

    @property
    def stimuli_path(self) -> Path:
        """The file with its frozen answers."""
        name = self.design.stimuli or f"{self.path.stem}.frozen.jsonl"
        return self.path.parent / name


def read_design(path: Path) -> DesignFile:
    """Read and check a design file; raises BadDesign with all errors found."""
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        raise BadDesign([f"There is no file {path}. Check the path."]) from None
    except OSError as error:
        raise BadDesign([f"{path} cannot be read ({error.strerror}). Check the file."]) from None
    if len(data) > LARGEST:
        raise BadDesign(
            [f"{path} has {len(data):,} bytes, too many for a design file: at most {LARGEST:,} are allowed."]
        )
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        raise BadDesign([f"{path}, line {line}: this is not UTF-8 text; save the file as UTF-8."]) from None
    return DesignFile(path, text, hashlib.sha256(data).hexdigest(), parse_design(text, str(path)))


def parse_design(text: str, name: str = "the design") -> Design:
    """Parse a design; raises BadDesign with all errors found."""
    document = _yaml(text, name)
    if not isinstance(document.data, dict):
        raise BadDesign(
            [f"{name}, line 1: a design consists of `key: value` lines; start with `study: a-short-name`."]
        )
    errors = [
        (line, f"{key} is already on line {first}: keep one of the two")
        for line, key, first in document.twice
    ]
    data, unknown = _with_templates(document)
    errors += [(document.line(place), sentence) for place, sentence in unknown]
    try:
        design = Design.model_validate(data)
    except ValidationError as error:
        errors += [_said(document, dict(error)) for error in error.errors() if not _follows(dict(error))]
    else:
        blank = {place[:2] for place, _ in unknown}  # its missing keys would have come from the template
        errors += [(document.line(place), text) for place, text in faults(design) if place[:2] not in blank]
        if not errors:
            return design
    raise BadDesign([f"{name}, line {line}: {sentence}." for line, sentence in sorted(set(errors))])


def _yaml(text: str, name: str) -> Marked:
    try:
        return marked(text)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
        why = error.problem or error.context or "it cannot be read"
        quoting = "mapping values" in why or "expected ',' or" in why
        hint = "; put text with a colon, a question mark or a comma in quotes" if quoting else ""
        raise BadDesign([f"{name}, line {line}: this is not valid YAML ({why}{hint})."]) from None
    except yaml.reader.ReaderError as error:
        line = text[: error.position].count("\n") + 1
        raise BadDesign([f"{name}, line {line}: there is a control character here; remove it."]) from None
    except RecursionError:
        raise BadDesign([f"{name}, line 1: the lists are nested too deeply; flatten the design."]) from None


def template_names() -> tuple[str, ...]:
    """The names of the built-in questionnaires."""
    folder = resources.files(str(__package__).rpartition(".")[0]) / "templates" / "questionnaires"
    return tuple(
        sorted(path.name.removesuffix(".yaml") for path in folder.iterdir() if path.name.endswith(".yaml"))
    )


def template(name: str) -> Questionnaire:
    """A built-in questionnaire."""
    file = (
        resources.files(str(__package__).rpartition(".")[0]) / "templates" / "questionnaires" / f"{name}.yaml"
    )
    return Questionnaire.model_validate(marked(file.read_text(encoding="utf-8")).data)


def _with_templates(document: Marked) -> tuple[dict[str, Any], list[tuple[Place, str]]]:
    """The data with built-in questionnaires filled in; keys in the design take precedence."""
    data, unknown = dict(document.data), list[tuple[Place, str]]()
    pages = data.get("questionnaires")
    if not isinstance(pages, list):
        return data, unknown
    filled: list[Any] = []
    for index, page in enumerate(pages):
        name = page.get("template") if isinstance(page, dict) else None
        if isinstance(name, str) and name in template_names():
            shipped = template(name).model_dump(exclude_unset=True)
            page = {**shipped, **page}
        elif name is not None:
            built_in = ", ".join(template_names())
            unknown.append(
                (
                    ("questionnaires", index, "template"),
                    f"there is no built-in questionnaire {name!r}; the built-in ones are: {built_in}",
                )
            )
        filled.append(page)
    data["questionnaires"] = filled
    return data, unknown


def _follows(error: Mapping[str, Any]) -> bool:
    """Whether a list counts as too short only because its entries have errors."""
    return error["type"] == "too_short" and bool(len(error["input"]) >= error["ctx"]["min_length"])


def _said(document: Marked, error: Mapping[str, Any]) -> tuple[int, str]:
    """The line and message of a pydantic error."""
    place: Place = tuple(error["loc"])
    name = next((str(part) for part in reversed(place) if isinstance(part, str)), "the design")
    where = _named(place)
    line = document.line(place)
    context: Mapping[str, Any] = error.get("ctx", {})
    not_input = f", not {_short(error['input'])}"
    match error["type"]:
        case "missing":
            return line, f"`{name}: …` is missing in {_named(place[:-1])}: add it"
        case "extra_forbidden":
            return line, f"there is no key {name!r} here{_meant(name, _known(place))}"
        case "literal_error":
            expected = str(context["expected"]).replace("'", "").replace(" or ", ", ").replace("_", "-")
            return line, f"{where} is {_short(error['input'])}; use one of: {expected}"
        case "value_error":
            return line, f"{where} is {_short(error['input'])}; {context['error']}"
        case "bool_parsing" | "bool_type":
            return line, f"{where} must be true or false{not_input}"
        case "int_parsing" | "int_type" | "int_from_float":
            return line, f"{where} must be a whole number{not_input}"
        case "float_parsing" | "float_type":
            return line, f"{where} must be a number{not_input}"
        case "string_type":
            return line, f"{where} must be text{not_input}"
        case "string_too_short":
            return line, f"{where} is empty: add some text"
        case "string_too_long":
            return line, f"{where} is longer than {context['max_length']:,} characters: shorten it"
        case "string_pattern_mismatch":
            return (
                line,
                f"{where} is {_short(error['input'])}; it must be {_pattern(context)}",
            )
        case "tuple_type" | "list_type":
            return line, f"{where} must be a list, such as [a, b] or lines that start with “- ”{not_input}"
        case "model_type" | "model_attributes_type" | "dict_type":
            return line, f"{where} must consist of `key: value` lines{not_input}"
        case "too_short":
            count = context["min_length"]
            return line, f"{where} must have at least {count} entr{'y' if count == 1 else 'ies'}"
        case "too_long":
            return line, f"{where} can have at most {context['max_length']} entries"
    return line, f"{where}: {error['msg'][:1].lower()}{error['msg'][1:]}{not_input}"


def _pattern(context: Mapping[str, Any]) -> str:
    return _PATTERNS.get(str(context["pattern"]), str(context["pattern"]))


_PATTERNS = {
    r"^[A-Za-z0-9][A-Za-z0-9_-]{0,59}$": "a short name of letters, digits, - and _",
    r"^[a-z0-9][a-z0-9-]{0,59}$": "a short name of lowercase letters, digits and -",
    r"^[^\r\n]*$": "one line of text",
    r"^(https?://\S+)?$": "an address that starts with https://",
}


def _named(place: Place) -> str:
    """Describe a place in words.

    >>> _named(("items", 1, "gold"))
    'gold (items, entry 2)'
    """
    parts = [f"entry {part + 1}" if isinstance(part, int) else part for part in place]
    if not parts:
        return "the design"
    return parts[-1] + (f" ({', '.join(parts[:-1])})" if len(parts) > 1 else "")


def _known(place: Place) -> Sequence[str]:
    """The valid keys of the part at a place."""
    kind: Any = Design
    for part in place[:-1]:
        if isinstance(part, str):
            if not (isinstance(kind, type) and issubclass(kind, BaseModel)) or part not in kind.model_fields:
                return ()
            kind = _part_of(kind.model_fields[part].annotation)
    return tuple(kind.model_fields) if isinstance(kind, type) and issubclass(kind, BaseModel) else ()


def _part_of(annotation: Any) -> Any:
    """The part within `tuple[Part, …]` or `Part | None`."""
    inner = [
        argument
        for argument in _arguments(annotation)
        if isinstance(argument, type) and issubclass(argument, BaseModel)
    ]
    return inner[0] if inner else annotation


def _arguments(annotation: Any) -> Iterator[Any]:
    yield annotation
    for argument in getattr(annotation, "__args__", ()):
        yield from _arguments(argument)


def _meant(name: str, keys: Sequence[str]) -> str:
    close = difflib.get_close_matches(name, keys, 1, 0.6)
    if close:
        return f"; did you mean {close[0]!r}?"
    return f"; the keys are: {', '.join(keys)}" if keys else ""


def _short(value: Any) -> str:
    if isinstance(value, dict):
        return "a list of keys"
    if isinstance(value, list | tuple):
        return "a list"
    text = repr(value) if value is not None else "nothing"
    return text if len(text) <= 60 else f"{text[:57]}…"
