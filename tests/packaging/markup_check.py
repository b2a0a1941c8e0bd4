"""Which values reach HTML that Python writes: a small reading of the source that proves each of them harmless.

A value is harmless when it is a constant, ``escape(…)``, a number by its format, an expression of harmless values, a
variable or a parameter that only ever gets such values, a call of a function that only ever returns such, or one of the
few names in ``SAFE``. Everything else in a text with a tag in it is a finding.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from tests.packaging.markup_syntax import (
    Given,
    Scope,
    arguments,
    assigned,
    called,
    parts_of_markup,
    written,
    written_format,
)

NUMBER = re.compile(r"[+,0-9.]*[dfgeFGE%,]$")
# Numbers as text, files of ours, what _page_svg made (it is checked itself), and templates: they escape every value.
SAFE = frozenset(
    {"percent", "at_most", "at_least", "abs", "len", "round", "sum", "int", "min", "max", "asset", "_drawn"}
    | {"Markup", "render"}
)
ESCAPES = frozenset({"escape", "template_text"})
MARKUP = frozenset(
    {("assessment_panel", "running")}
)  # parameters of public functions that take markup of ours
FIXED = frozenset({"TITLES"})  # tables of constants that a module outside the checked packages holds
NUMBERS = frozenset({"int", "float", "bool"})


@dataclass(frozen=True, slots=True)
class Finding:
    """One value that may carry text of others into markup."""

    module: str
    line: int
    value: str

    def __str__(self) -> str:
        return f"{self.module}:{self.line}: {{{self.value}}} is neither escaped nor known to be harmless"


@dataclass(slots=True)
class Source:
    """The modules that are read together: their trees, and where every node stands."""

    trees: Mapping[str, ast.Module]
    parents: dict[ast.AST, ast.AST] = field(default_factory=dict)
    functions: dict[str, list[tuple[str, ast.FunctionDef]]] = field(default_factory=dict)
    calls: dict[str, list[tuple[str, ast.Call]]] = field(default_factory=dict)
    known: dict[object, bool] = field(default_factory=dict)
    imports: dict[str, dict[str, str]] = field(default_factory=dict)  # module → name → path of its module
    shown: list[tuple[str, ast.expr]] = field(default_factory=list)  # every value in a text with a tag
    given: dict[Scope, dict[str, list[Given]]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        for module, tree in self.trees.items():
            imported = self.imports[module] = {}
            for node in ast.walk(tree):
                if isinstance(node, ast.ImportFrom):
                    path = f"{(node.module or '').replace('.', '/')}.py"
                    imported.update({name.asname or name.name: path for name in node.names})
                self.shown.extend((module, value) for value in parts_of_markup(node))
                for child in ast.iter_child_nodes(node):
                    self.parents[child] = node
                if isinstance(node, ast.FunctionDef):
                    self.functions.setdefault(node.name, []).append((module, node))
                elif isinstance(node, ast.Call):
                    name = called(node)
                    self.calls.setdefault(name, []).append((module, node))
                    if name == "map" and node.args:  # map(function, values) calls it
                        self.calls.setdefault(written(node.args[0]), []).append((module, node))

    def unescaped_notices(self, call: ast.Call, module: str) -> bool:
        """Whether something is found once a call of ``escape`` is only one of ``str``."""
        assert isinstance(call.func, ast.Name)
        name, call.func.id = call.func.id, "str"
        self.known.clear()
        try:
            near = sorted(self.shown, key=lambda one: one[0] != module)  # it is found soon, mostly
            return any(not self.harmless(value, place) for place, value in near)
        finally:
            call.func.id = name

    def findings(self) -> list[Finding]:
        """Every harmful value of every text with a tag in it."""
        self.known.clear()
        return [
            Finding(module, value.lineno, ast.unparse(value))
            for module, value in self.shown
            if not self.harmless(value, module)
        ]

    # ---- values -----------------------------------------------------------------

    def harmless(self, node: ast.expr, module: str) -> bool:
        """Whether no text of others can come out of an expression unescaped."""
        match node:
            case ast.Constant():
                return True
            case ast.FormattedValue(value=value, format_spec=spec):
                number = isinstance(spec, ast.JoinedStr) and NUMBER.match(written_format(spec))
                return bool(number) or self.harmless(value, module)
            case ast.JoinedStr(values=values) | ast.BoolOp(values=values):
                return all(self.harmless(value, module) for value in values)
            case ast.Tuple(elts=values) | ast.List(elts=values):
                return all(self.harmless(value, module) for value in values)
            case ast.IfExp(body=first, orelse=second) | ast.BinOp(left=first, op=ast.Add(), right=second):
                return self.harmless(first, module) and self.harmless(second, module)
            case ast.BinOp(op=ast.Mod(), right=right):
                return isinstance(right, ast.Constant) and isinstance(
                    right.value, int
                )  # else it may be a text
            case ast.BinOp() | ast.Compare() | ast.UnaryOp():
                return True  # arithmetic
            case ast.GeneratorExp(elt=value) | ast.ListComp(elt=value) | ast.Starred(value=value):
                return self.harmless(value, module)
            case ast.Subscript(value=value):
                return self.harmless(value, module)
            case ast.DictComp(value=value):
                return self.harmless(value, module)
            case ast.Dict(values=values):
                return all(self.harmless(value, module) for value in values)
            case ast.Call():
                return self.harmless_call(node, module)
            case ast.Name():
                return self.remembered(
                    ("name", node.id, self.scope(node)), lambda: self.harmless_name(node, module)
                )
        return False

    def harmless_call(self, node: ast.Call, module: str) -> bool:
        name = called(node)
        if name in ESCAPES or name in SAFE:
            return True
        if isinstance(node.func, ast.Attribute):
            if name in ("join", "upper", "lower", "replace", "items", "values") and not node.keywords:
                return all(self.harmless(one, module) for one in (node.func.value, *node.args))
            if name == "translate":
                return self.harmless(node.func.value, module)
            return ast.unparse(node.func) == "re.sub" and all(self.harmless(one, module) for one in node.args)
        if name == "map":
            return bool(node.args) and self.returns_harmless(written(node.args[0]), module)
        if name in ("str", "list", "tuple", "zip", "enumerate", "reversed"):
            return all(self.harmless(one, module) for one in node.args)
        return isinstance(node.func, ast.Name) and self.harmless(
            node.func, module
        )  # a function, or a name for some

    def returns_harmless(self, name: str, module: str) -> bool:
        """Whether the function that a module calls by that name gives only harmless text."""
        found = self.meant(name, module)
        return found is not None and self.remembered(
            ("returns", found[1]), lambda: self.returned(found[0], found[1])
        )

    def meant(self, name: str, module: str) -> tuple[str, ast.FunctionDef] | None:
        """The function of that name in a module or where it imports it from, with its module."""
        found = {place: function for place, function in self.functions.get(name, [])}
        place = module if module in found else self.imports[module].get(name, "")
        return (place, found[place]) if place in found else None

    def returned(self, module: str, function: ast.FunctionDef) -> bool:
        if function.returns is not None and ast.unparse(function.returns) in NUMBERS:
            return True
        values = [
            node.value
            for node in ast.walk(function)
            if isinstance(node, ast.Return) and self.scope(node) is function
        ]
        return all(value is None or self.harmless(value, module) for value in values)

    # ---- names ------------------------------------------------------------------

    def harmless_name(self, node: ast.Name, module: str) -> bool:
        """Whether a variable only ever gets harmless values."""
        if node.id in FIXED:
            return True
        for scope in self.scopes(node):
            given = self.given_in(scope).get(node.id, [])
            argument = next((argument for argument in arguments(scope) if argument.arg == node.id), None)
            if argument is not None or given:
                return (argument is None or self.harmless_parameter(scope, argument, module)) and all(
                    self.harmless_element(value, place, module) for value, place in given
                )
        return (
            node.id in SAFE
            or self.returns_harmless(node.id, module)
            or self.imported_constant(node.id, module)
        )

    def harmless_element(self, value: ast.expr, place: int | None, module: str) -> bool:
        """Whether what a name gets of a value is harmless: all of it, or what stands at a place in each element."""
        if place is None:
            return self.harmless(value, module)
        if isinstance(value, ast.Name):
            for scope in self.scopes(value):
                if given := self.given_in(scope).get(value.id, []):
                    return all(
                        self.harmless_element(one, place if at is None else None, module) for one, at in given
                    )
        if isinstance(value, ast.Tuple | ast.List) and all(isinstance(elt, ast.Tuple) for elt in value.elts):
            rows = [elt.elts for elt in value.elts if isinstance(elt, ast.Tuple)]
            if all(place < len(row) and not isinstance(row[place], ast.Starred) for row in rows):
                return all(self.harmless(row[place], module) for row in rows)
        if isinstance(value, ast.Call) and called(value) == "zip" and place < len(value.args):
            return self.harmless(value.args[place], module)
        if isinstance(value, ast.Call) and called(value) == "items" and isinstance(value.func, ast.Attribute):
            tables = self.tables(value.func.value)
            if tables and place == 0:
                return all(
                    key is not None and self.harmless(key, module) for table in tables for key in table.keys
                )
            if tables and place == 1:
                return all(self.harmless(value, module) for table in tables for value in table.values)
        return self.harmless(value, module)

    def tables(self, node: ast.expr) -> list[ast.Dict]:
        """The dictionaries that a name stands for, where it only ever gets some that are written out."""
        if not isinstance(node, ast.Name):
            return []
        for scope in self.scopes(node):
            if given := self.given_in(scope).get(node.id, []):
                found = [one for one, _ in given if isinstance(one, ast.Dict)]
                return found if len(found) == len(given) else []
        return []

    def imported_constant(self, name: str, module: str) -> bool:
        """Whether a name is imported from another of these modules, where it only gets harmless values."""
        path = self.imports[module].get(name, "")
        given = self.given_in(self.trees[path]).get(name, []) if path in self.trees else []
        return bool(given) and all(self.harmless_element(*one, path) for one in given)

    def given_in(self, scope: Scope) -> dict[str, list[Given]]:
        """Every name of a scope with the values it gets there."""
        if scope not in self.given:
            found = self.given[scope] = {}
            for name, given in assigned(scope):
                found.setdefault(name, []).append(given)
        return self.given[scope]

    def harmless_parameter(self, function: ast.AST, argument: ast.arg, module: str) -> bool:
        """Whether every call in these modules gives a parameter harmless values; one without any call is not."""
        if (
            argument.annotation is not None
            and ast.unparse(argument.annotation).removesuffix(" | None") in NUMBERS
        ):
            return True
        if not isinstance(function, ast.FunctionDef):
            return False
        if not function.name.startswith("_"):
            return (function.name, argument.arg) in MARKUP
        names = [one.arg for one in (*function.args.posonlyargs, *function.args.args)]
        found = False
        for place, call in self.calls.get(function.name, []):
            if (meant := self.meant(function.name, place)) is None or meant[1] is not function:
                continue  # another function of the same name
            found = True
            if called(call) == "map" or any(isinstance(one, ast.Starred) for one in call.args):
                return False
            given = next((keyword.value for keyword in call.keywords if keyword.arg == argument.arg), None)
            if given is None and argument.arg in names and names.index(argument.arg) < len(call.args):
                given = call.args[names.index(argument.arg)]
            if given is not None and not self.harmless(given, place):
                return False
        return found

    # ---- where things stand -----------------------------------------------------

    def remembered(self, key: object, find: "object") -> bool:
        """The answer to a question that was asked before; one that depends on itself does no harm by itself."""
        if key not in self.known:
            self.known[key] = True
            self.known[key] = find()  # type: ignore[operator]
        return self.known[key]

    def scopes(self, node: ast.AST) -> Iterator[Scope]:
        """The functions around a node, the nearest first, and its module."""
        while node in self.parents:
            node = self.parents[node]
            if isinstance(node, Scope):
                yield node

    def scope(self, node: ast.AST) -> Scope:
        return next(self.scopes(node))
