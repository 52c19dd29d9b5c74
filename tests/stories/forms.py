"""Forms of a page as a browser sends them: every control that stands in one, changed as a person would."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urlencode

from typing_extensions import override

from tests.node.process import Answer
from tests.stories.square import FORM, Person

TYPED = {"text", "url", "number", "email", "password", "hidden", "search", "date", "datetime-local"}


@dataclass
class Form:
    """`values` are what is filled in or chosen, `offered` the values of boxes by name, `buttons` those with a
    name."""

    method: str
    action: str
    values: list[tuple[str, str]] = field(default_factory=list)
    offered: dict[str, set[str]] = field(default_factory=dict)
    typed: set[str] = field(default_factory=set)
    buttons: list[tuple[str, str]] = field(default_factory=list)

    def filled(self, **changes: str | list[str]) -> list[tuple[str, str]]:
        """The fields with some of them changed; a control that is not there cannot be."""
        found = [pair for pair in self.values if pair[0] not in changes]
        for name, value in changes.items():
            wanted = [value] if isinstance(value, str) else value
            known = name in self.typed or set(wanted) <= self.offered.get(name, set())
            assert known or (name, value) in self.buttons, (name, value, self)
            found += [(name, each) for each in wanted]
        return found


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[Form] = []
        self.open: Form | None = None
        self.area: tuple[str, list[str]] | None = None
        self.select = ""

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        has = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.open = Form(has.get("method", "get").upper(), has.get("action", ""))
            self.forms.append(self.open)
        if self.open is None:
            return
        name = has.get("name", "")
        if tag == "textarea":
            self.area = (name, [])
        elif tag == "select":
            self.select = name
        elif tag == "option" and self.select:
            self.open.offered.setdefault(self.select, set()).add(has.get("value", ""))
            if "selected" in has:
                self.open.values.append((self.select, has.get("value", "")))
        elif tag == "button" and name:
            self.open.buttons.append((name, has.get("value", "")))
        elif tag == "input" and name:
            self._input(self.open, name, has)

    def _input(self, form: Form, name: str, has: dict[str, str]) -> None:
        kind = has.get("type", "text")
        if kind in TYPED:
            form.typed.add(name)
            form.values.append((name, has.get("value", "")))
        elif kind in {"checkbox", "radio"}:
            form.offered.setdefault(name, set()).add(has.get("value", "on"))
            if "checked" in has:
                form.values.append((name, has.get("value", "on")))

    @override
    def handle_data(self, data: str) -> None:
        if self.area is not None:
            self.area[1].append(data)

    @override
    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self.open = None
        elif tag == "select":
            self.select = ""
        elif tag == "textarea" and self.area is not None and self.open is not None:
            self.open.typed.add(self.area[0])
            self.open.values.append((self.area[0], "".join(self.area[1])))
            self.area = None


def form_of(page: str, action: str, button: str = "") -> Form:
    """The form of a page that goes to an address that ends so, and has this button if one is named."""
    reader = _Reader()
    reader.feed(page)
    found = [
        one
        for one in reader.forms
        if one.action.partition("#")[0].endswith(action) and (not button or ("move", button) in one.buttons)
    ]
    assert found, (action, [one.action for one in reader.forms])
    return found[0]


def press(person: Person, page: str, action: str, **changes: str | list[str]) -> Answer:
    """Fill in a form of a page and send it to where it goes."""
    form = form_of(page, action)
    fields = urlencode(form.filled(**changes))
    address = form.action.partition("#")[0]
    if form.method == "GET":
        return person.get(f"{address}?{fields}")
    site = {"origin": person.node.origin, "sec-fetch-site": "same-origin"}
    return person.ask("POST", address, fields.encode(), **FORM, **site)
