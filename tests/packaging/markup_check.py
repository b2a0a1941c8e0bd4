"""Where Python makes markup itself, instead of leaving it to a template that escapes every value."""

import ast
import re
from collections.abc import Iterator

TAG = re.compile(r"</?[a-zA-Z][a-zA-Z0-9]*[\s>/]|<[a-zA-Z]+$")
VALUE = "${value}"  # Gradio's template that shows the value as markup; others are drawn by a script


def put_together(tree: ast.AST) -> list[str]:
    """The expressions that put a tag and values together."""
    return [ast.unparse(node) for node in ast.walk(tree) if _puts_together(node)]


def taken_as_markup(tree: ast.AST) -> list[str]:
    """What is given as markup to ``Markup`` or Gradio, and is neither a constant nor made by ``render``."""
    return [ast.unparse(value) for node in ast.walk(tree) for value in _taken(node) if not _harmless(value)]


def _puts_together(node: ast.AST) -> bool:
    match node:
        case ast.JoinedStr(values=values):
            return _has_tag(node) and not all(isinstance(value, ast.Constant) for value in values)
        case ast.BinOp(op=ast.Add() | ast.Mod(), left=left, right=right):
            return _has_tag(left) or _has_tag(right)
        case ast.Call(func=ast.Attribute(value=text, attr="join" | "format" | "replace")):
            return _has_tag(text)
        case ast.AugAssign(value=value):
            return _has_tag(value)
    return False


def _taken(node: ast.AST) -> Iterator[ast.expr]:
    match node:
        case ast.Call(func=ast.Name(id="Markup") | ast.Attribute(attr="Markup"), args=values):
            yield from values
        case ast.Call(func=ast.Attribute(attr="Warning" | "Info"), args=values):
            yield from values
        case ast.Call(func=ast.Attribute(attr="HTML"), args=values, keywords=named):
            arguments = {keyword.arg: keyword.value for keyword in named}
            template = arguments.get("html_template", ast.Constant(VALUE))
            yield template
            if isinstance(template, ast.Constant) and template.value == VALUE:
                yield from values
                yield from (arguments[name] for name in ("value",) if name in arguments)


def _harmless(value: ast.expr) -> bool:
    match value:
        case ast.Constant() | ast.Call(func=ast.Name(id="render")):
            return True
    return False


def _has_tag(node: ast.expr) -> bool:
    """Whether a tag stands in a constant text, whole or with values."""
    texts = node.values if isinstance(node, ast.JoinedStr) else [node]
    constant = "".join(str(text.value) if isinstance(text, ast.Constant) else "·" for text in texts)
    return bool(TAG.search(constant))
