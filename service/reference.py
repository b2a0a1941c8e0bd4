"""The API's description as a page that loads nothing from another host."""

import json
import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from evaluation.reports.templating import Templates

_templates = Templates(__package__)


@dataclass(frozen=True, slots=True)
class Field:
    """One field of a request or a reply."""

    name: str
    kind: str
    required: bool
    about: str
    fields: tuple["Field", ...] = ()  # of the object that it is, or of those that it lists


@dataclass(frozen=True, slots=True)
class Endpoint:
    """One address, what it does, what it takes and what it returns."""

    method: str
    path: str
    about: str
    takes: tuple[Field, ...]
    gives: tuple[Field, ...]
    example: str  # of its request, as JSON; empty without a body

    def command(self, address: str, key: bool) -> str:
        """The example as a command for a shell. ``address``: of the server; ``key``: whether it wants one."""
        parts = [f"curl -s {shlex.quote(address + self.path)}"]
        if key:
            parts.append('-H "Authorization: Bearer $CREDENCE_SERVICE_KEY"')
        if self.example:
            parts += ["-H 'Content-Type: application/json'", f"-d {shlex.quote(self.example)}"]
        return " \\\n  ".join(parts)


def reference_page(description: Mapping[str, Any], address: str, key: bool = False) -> str:
    """The page for an OpenAPI description of the API at an address; ``key``: whether every request needs one."""
    described = [(endpoint, endpoint.command(address, key)) for endpoint in endpoints(description)]
    return str(_templates.render("reference.html", endpoints=described))


def endpoints(description: Mapping[str, Any]) -> tuple[Endpoint, ...]:
    """The endpoints of an OpenAPI description, in its order."""
    return tuple(
        _endpoint(description, path, method, operation)
        for path, operations in description["paths"].items()
        for method, operation in operations.items()
    )


def _endpoint(
    description: Mapping[str, Any], path: str, method: str, operation: Mapping[str, Any]
) -> Endpoint:
    body = _schema(operation.get("requestBody", {}))
    reply = _schema(operation["responses"].get("200", {}))
    takes = _fields(description, body)
    example = {
        field.name: value for field in takes if (value := _example(description, body, field)) is not None
    }
    return Endpoint(
        method.upper(),
        path,
        operation.get("description", ""),
        takes,
        _fields(description, reply),
        json.dumps(example, ensure_ascii=False) if body else "",
    )


def _schema(holder: Mapping[str, Any]) -> Mapping[str, Any]:
    content = holder.get("content", {}).get("application/json", {})
    schema: Mapping[str, Any] = content.get("schema", {})
    return schema


def _resolved(description: Mapping[str, Any], schema: Mapping[str, Any]) -> Mapping[str, Any]:
    if reference := schema.get("$ref"):
        resolved: Mapping[str, Any] = description["components"]["schemas"][reference.rpartition("/")[2]]
        return resolved
    return schema


def _fields(
    description: Mapping[str, Any], schema: Mapping[str, Any], within: tuple[str, ...] = ()
) -> tuple[Field, ...]:
    """The fields of a schema, with those of the objects in it; ``within``: the names of the schemas around it."""
    whole = _resolved(description, schema)
    required = whole.get("required", ())
    return tuple(
        Field(
            name,
            _kind(part),
            name in required,
            part.get("description", ""),
            _inner(description, part, within),
        )
        for name, part in whole.get("properties", {}).items()
    )


def _inner(
    description: Mapping[str, Any], part: Mapping[str, Any], within: tuple[str, ...]
) -> tuple[Field, ...]:
    for one in (part, part.get("items", {}), *part.get("anyOf", ())):
        for schema in (one, one.get("items", {})):
            name = str(schema.get("$ref", "")).rpartition("/")[2]
            if name and name not in within:
                return _fields(description, schema, (*within, name))
    return ()


def _kind(schema: Mapping[str, Any]) -> str:
    """The type of a field, in a few words."""
    if "anyOf" in schema:
        return " or ".join(dict.fromkeys(_kind(part) for part in schema["anyOf"]))
    if "enum" in schema:
        return " | ".join(f"“{value}”" for value in schema["enum"])
    if "const" in schema:
        return f"“{schema['const']}”"
    if reference := schema.get("$ref"):
        return str(reference).rpartition("/")[2]
    if schema.get("type") == "array":
        return f"list of {_kind(schema.get('items', {}))}"
    return str(schema.get("type", "anything"))


def _example(description: Mapping[str, Any], body: Mapping[str, Any], field: Field) -> Any:
    part = _resolved(description, body)["properties"][field.name]
    if examples := part.get("examples"):
        return examples[0]
    if not field.required:
        return None
    inner = _resolved(description, part.get("items", {}))
    return [
        {
            name: value["examples"][0]
            for name, value in inner.get("properties", {}).items()
            if name in inner.get("required", ()) and value.get("examples")
        }
    ]
