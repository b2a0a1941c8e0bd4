"""How markup, names and their values are written in Python: what tests/packaging/markup_check.py reads."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*[\s>/]|<[a-zA-Z]+$")
Function = ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
Scope = Function | ast.Module | ast.GeneratorExp | ast.ListComp | ast.SetComp | ast.DictComp
Given = tuple[
    ast.expr, int | None
]  # a value, and the place in each of its elements that a name gets; None: all of it


def parts_of_markup(text: ast.AST) -> list[ast.expr]:
    """The values that an expression with a tag in it puts together; empty for any other."""
    match text:
        case ast.JoinedStr(values=values):
            constant = "".join(str(value.value) for value in values if isinstance(value, ast.Constant))
            return (
                [value for value in values if not isinstance(value, ast.Constant)]
                if TAG.search(constant)
                else []
            )
        case ast.BinOp(op=ast.Add() | ast.Mod(), left=left, right=right):
            sides = [left, right]
            return sides if any(map(has_tag, sides)) else []
        case ast.Call(func=ast.Attribute(value=value, attr="join" | "format"), args=values, keywords=named):
            return [*values, *(one.value for one in named)] if has_tag(value) else []
        case ast.Call(func=ast.Attribute(attr="HTML"), args=values, keywords=named):
            templates = [one.value for one in named if one.arg == "html_template"]
            drawn_by_script = templates and ast.unparse(templates[0]) != repr("${value}")
            return [*([] if drawn_by_script else values), *templates]
        case ast.Call(func=ast.Name(id="Markup"), args=values):  # what templates take as it is
            return values
        case ast.Call(func=ast.Attribute(attr="Warning" | "Info"), args=values):  # Gradio shows it as markup
            return values
        case ast.FunctionDef(name="template_text", body=body):
            return [one.value for one in body if isinstance(one, ast.Return) and one.value is not None]
        case ast.AugAssign(value=value) if has_tag(value):
            return [value]
    return []


def has_tag(node: ast.expr) -> bool:
    """Whether a tag stands in a constant text, whole or with values."""
    texts = node.values if isinstance(node, ast.JoinedStr) else [node]
    return any(isinstance(text, ast.Constant) and bool(TAG.search(str(text.value))) for text in texts)


def arguments(scope: Scope) -> list[ast.arg]:
    """The parameters of a function."""
    if not isinstance(scope, Function):
        return []
    return [*scope.args.posonlyargs, *scope.args.args, *scope.args.kwonlyargs]


def assigned(scope: Scope) -> Iterator[tuple[str, Given]]:
    """Every name that is bound in a scope or inside it, with its value."""
    for node in own_nodes(scope):
        match node:
            case ast.Assign(targets=targets, value=value):
                for target in targets:
                    yield from bound(target, value)
            case (
                ast.AnnAssign(target=target, value=ast.expr() as value)
                | ast.AugAssign(target=target, value=value)
            ):
                yield from bound(target, value)
            case ast.NamedExpr(target=target, value=value):
                yield from bound(target, value)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="append"), args=[value]):
                yield name, (ast.List([value]), None)
            case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="extend"), args=[value]):
                yield name, (value, None)
            case ast.For(target=target, iter=value) | ast.comprehension(target=target, iter=value):
                yield from gone_through(target, value)


def own_nodes(scope: Scope) -> Iterator[ast.AST]:
    """The nodes of a scope without those of the functions in it; of a module, those outside of functions."""
    waiting = list(ast.iter_child_nodes(scope))
    while waiting:
        node = waiting.pop()
        yield node
        if not isinstance(node, Scope):
            waiting.extend(ast.iter_child_nodes(node))


def bound(target: ast.expr, value: ast.expr) -> Iterator[tuple[str, Given]]:
    """What the names of ``target = value`` get."""
    if isinstance(target, ast.Name):
        yield target.id, (value, None)
    elif isinstance(target, ast.Tuple):
        for branch in (value.body, value.orelse) if isinstance(value, ast.IfExp) else (value,):
            parts = branch.elts if isinstance(branch, ast.Tuple) else []
            same = len(parts) == len(target.elts)
            for place, elt in enumerate(target.elts):
                yield from bound(elt, parts[place] if same else branch)


def gone_through(target: ast.expr, values: ast.expr) -> Iterator[tuple[str, Given]]:
    """What the names of ``for target in values`` get."""
    if isinstance(target, ast.Name):
        yield target.id, (values, None)
    elif isinstance(target, ast.Tuple):
        for place, elt in enumerate(target.elts):
            for name in (part.id for part in ast.walk(elt) if isinstance(part, ast.Name)):
                yield name, (values, place if isinstance(elt, ast.Name) else None)


def called(node: ast.Call) -> str:
    return node.func.attr if isinstance(node.func, ast.Attribute) else written(node.func)


def written(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else ""


def written_format(spec: ast.JoinedStr) -> str:
    return "".join(str(value.value) if isinstance(value, ast.Constant) else "?" for value in spec.values)


def read_sources(root: Path, *packages: str) -> dict[str, ast.Module]:
    """Every module of some packages, by its path."""
    return {
        str(path.relative_to(root)): ast.parse(path.read_text(encoding="utf-8"))
        for package in packages
        for path in sorted((root / package).rglob("*.py"))
    }
