"""Every class of the templates has a style, or is named here as a hook of a script or a test."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import cast

import pytest
from jinja2 import Environment, nodes

from beffroi.portal.reading.network.atlas import COLOURS
from beffroi.portal.words.buying import RESULT_CLASSES, STANDING_CLASSES
from beffroi.portal.words.orders import CLASSES
from beffroi.portal.words.trade import STATE_CLASSES
from beffroi.portal.words.verdicts import OUTCOME_CLASSES

ROOT = Path(__file__).parents[2]
PORTAL = ROOT / "src/beffroi/portal"
TEMPLATES = PORTAL / "templates"
HOOKS = {
    "source": "tests/portal/test_sources_browser.py",
    **dict.fromkeys(("again", "goes", "of", "waits"), "src/beffroi/portal/frontend/src/runs.ts"),
}
"""Classes without a style, and which script or test looks for them."""

CHOSEN: list[Mapping[str, str]] = [
    CLASSES, COLOURS, OUTCOME_CLASSES, RESULT_CLASSES, STANDING_CLASSES, STATE_CLASSES,
]  # fmt: skip
"""The tables of the code that choose a class."""


def styled() -> set[str]:
    """The classes that the style sheet knows."""
    sheet = re.sub(r"/\*.*?\*/", "", (PORTAL / "static/portal.css").read_text(), flags=re.DOTALL)
    return set(re.findall(r"\.([A-Za-z][\w-]*)", sheet))


def classes_in(template: str) -> set[str]:
    """The classes that a template can give, as far as they stand in it; one that ends in `*` goes on with what is
    computed.

    >>> sorted(classes_in('<p class="tag is-{{ x }} {{ "good" if y else "bad" }}{% if z %} near{% endif %}">'))
    ['bad', 'good', 'is-*', 'near', 'tag']
    """
    text, computed, within = "", list[str](), ""
    for _, kind, piece in Environment(autoescape=True).lex(template):
        if kind == "data":
            text += piece
        elif kind == "variable_begin":
            within = "{{ "
        elif kind == "variable_end":
            computed.append(f"{within} }}}}")
            text, within = f"{text}\0{len(computed) - 1}\0", ""
        elif kind == "block_begin":
            text += " "
        elif within:
            within += piece
    found = set[str]()
    for value in re.findall(r'(?<![\w-])class="([^"]*)"', text):
        found.update(re.sub(r"(?<!\S)\0\d+\0(?!\S)", "", re.sub(r"(?<=[\w-])\0\d+\0", "*", value)).split())
        for place in re.findall(r"\0(\d+)\0", value):
            found.update(_said(computed[int(place)]))
    return found


def _said(expression: str) -> Iterator[str]:
    (output,) = Environment(autoescape=True).parse(expression).body
    (node,) = cast("nodes.Output", output).nodes
    for text in _texts(node):
        yield from text.split()


def _texts(node: nodes.Node | None) -> Iterator[str]:
    """The texts that an expression can be: those of its branches, of a table, and of what stands in for a
    missing row."""
    match node:
        case nodes.Const(value=str() as value):
            yield value
        case nodes.CondExpr(expr1=one, expr2=other):
            yield from _texts(one)
            yield from _texts(other)
        case nodes.Dict(items=rows):
            for row in rows:
                yield from _texts(row.value)
        case nodes.Getitem(node=table):
            yield from _texts(table)
        case nodes.Call(node=nodes.Getattr(node=table, attr="get"), args=[_, missing]):
            yield from _texts(table)
            yield from _texts(missing)
        case _:
            pass


@pytest.mark.parametrize("path", sorted(TEMPLATES.rglob("*.html")), ids=lambda each: each.stem)
def test_every_class_of_a_template_is_styled_or_a_hook(path: Path) -> None:
    known = styled() | HOOKS.keys()
    begun = {name for name in classes_in(path.read_text()) if name.endswith("*")}
    assert classes_in(path.read_text()) - begun - known == set()
    assert [name for name in begun if not any(each.startswith(name[:-1]) for each in known)] == []


def test_every_class_that_a_table_chooses_is_styled() -> None:
    assert {name for table in CHOSEN for name in table.values() if name} - styled() == set()


def test_a_hook_is_looked_for_and_has_no_style() -> None:
    assert HOOKS.keys().isdisjoint(styled())
    assert [name for name, file in HOOKS.items() if f'".{name}' not in (ROOT / file).read_text()] == []


def test_a_class_is_found_wherever_a_template_can_give_it() -> None:
    template = """<p class="tag {{ table.get(x, "none") }}"><i class="{{ {"a": "one", "b": "two"}[y] }} seq-{{ n % 2 }}">
    <b {% if x == "is" %}class="kept"{% endif %} data-class="no"><u class="a{% if x == "not" %} b{% endif %}">"""
    assert classes_in(template) == {"tag", "none", "one", "two", "seq-*", "kept", "a", "b"}
