"""The sentences with which some modules refuse, read from their code, with {} for each value."""

import ast
from collections.abc import Iterator
from pathlib import Path

import beffroi

ROOT = Path(beffroi.__file__).parent
REFUSING = {
    "bad",
    "refuse",
    "refused",
    "Break",
    "unsound",
    "Problem",
    "said",
    "ClauseError",
    "Trouble",
    "ValueError",
    "wrong",
    "Refused",
    "Failed",
    "Late",
    "Unended",
    "TooLarge",
    "CutShort",
    "NotHttp",
}


def refusals_of(*places: str) -> dict[str, str]:
    """The sentences in these modules or folders, each with where it stands."""
    found: dict[str, str] = {}
    for place in places:
        path = ROOT / place
        for file in sorted(path.rglob("*.py")) if path.is_dir() else [path]:
            found |= dict.fromkeys(_sentences(ast.parse(file.read_text())), str(file.relative_to(ROOT)))
    return found


def _sentences(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        match node:
            case ast.Call(func=ast.Name(id=name) | ast.Attribute(attr=name), args=args) if (
                name.lstrip("_") in REFUSING
            ):
                yield from filter(None, (_text(one) for arg in args for one in _choices(arg)))
            case ast.Call(
                func=ast.Attribute(attr="append", value=ast.Attribute(attr="_warnings")), args=args
            ):
                yield from filter(None, map(_text, args))
            case ast.FunctionDef(name=name) if name.startswith("_wrong_"):
                returned = (one.value for one in ast.walk(node) if isinstance(one, ast.Return) and one.value)
                yield from filter(None, map(_text, returned))
            case (
                ast.Assign(targets=[ast.Name(id="sentence")], value=value)
                | ast.AnnAssign(target=ast.Name(id="APPROVAL" | "CREDENTIALS"), value=ast.Constant() as value)
            ):
                yield from filter(None, map(_text, _choices(value)))
            case _:
                pass


def _choices(node: ast.expr) -> list[ast.expr]:
    """What an argument may be: the one or the other of a conditional."""
    return [node.body, node.orelse] if isinstance(node, ast.IfExp) else [node]


def _text(node: ast.expr) -> str:
    """The text of a literal; empty for anything else, and for what is no sentence."""
    parts = node.values if isinstance(node, ast.JoinedStr) else [node]
    texts = [str(part.value) if isinstance(part, ast.Constant) else "{}" for part in parts]
    whole = "".join(texts)
    said = any(isinstance(part, ast.Constant) and isinstance(part.value, str) for part in parts)
    return whole if said and " " in whole and not whole[0].islower() else ""
