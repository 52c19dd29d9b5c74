"""Pages of documentation that are printed from code: `python -m beffroi.printed [--check]`."""

import json
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Protocol

from typer.main import get_command

from beffroi.app.description import chapters
from beffroi.broker.routes import ROUTES
from beffroi.broker.routes.told import CHAPTER as NGSI_LD
from beffroi.broker.wire.problems import BLANK, ERRORS, STATUS, error_type, kind_in_ngsi_ld
from beffroi.cli.called import Command, commands_of
from beffroi.cli.program import PROGRAM
from beffroi.kernel.problem import CATALOGUE, ProblemKind
from beffroi.market.routes.tmf_told import TMF_CHAPTER
from beffroi.market.rules.apis import APIS, RESOURCES
from beffroi.market.rules.documents.movers import MOVERS
from beffroi.market.rules.documents.resource import Resource
from beffroi.network.rules.solutions.manifest_schema import MANIFEST_SCHEMA
from beffroi.proof.register import load_register
from beffroi.web.routing import PLAIN_STATUS

DOCS = Path(__file__).parents[2] / "docs"

NOT_YET = (
    ("4.3.6, 5.9 to 5.12", "Distributed operations, context source registrations and their subscriptions"),
    ("5.6.21", "Purge Entities"),
    ("5.13", "Storing, managing and serving @contexts of others"),
    ("5.14", "EntityMaps"),
    ("5.15", "Context source identity"),
    ("5.16", "Snapshots"),
    ("4.3.6.8", "ngsildConformance and Prefer: ngsi-ld=…"),
)
"""Clauses of NGSI-LD V1.9.1 without a row, and what they are about."""


_ON_OTHER_PAGES = {NGSI_LD.name, TMF_CHAPTER.name}


def pages() -> Mapping[str, str]:
    """Every printed page: file name below docs and content."""
    return {
        "conformance.md": _conformance(),
        "reference/errors.md": _errors(),
        "reference/commands.md": _commands(),
        "reference/addresses.md": _addresses(),
        "reference/requirements.md": _requirements(),
        "reference/tm-forum.md": _tm_forum(),
        "reference/solution-manifest.schema.json": _manifest_schema(),
    }


def _manifest_schema() -> str:
    return json.dumps(MANIFEST_SCHEMA, indent=1, ensure_ascii=False) + "\n"


class Row(Protocol):
    """What the pages show of a route, whatever room it belongs to."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def clause(self) -> str: ...
    @property
    def needs(self) -> str: ...


def _conformance() -> str:
    rows = [(r.clause, r.method, f"/ngsi-ld/v1{r.path}", _words(r.handler)) for r in ROUTES]
    return _page(
        "NGSI-LD conformance",
        "Every operation of ETSI GS CIM 009 V1.9.1 that this node answers, by clause. The rows are the "
        "node's own route table. How the official test suite fares, and where it and the text disagree, "
        "stands in [doubts](doubts.md).",
        _table(("Clause", "Method", "Path", "Operation"), sorted(rows, key=_clause_order)),
        "## Not there yet\n",
        _table(("Clause", "What it is about"), NOT_YET),
    )


def _errors() -> str:
    rows = [
        (
            kind.name,
            _type_in_ngsi_ld(kind),
            str(STATUS.get(kind.name, 400)),
            str(PLAIN_STATUS.get(kind.name, 400)),
            kind.title,
        )
        for kind in CATALOGUE
    ]
    return _page(
        "Errors",
        f"NGSI-LD answers with a `type`, which is `{ERRORS}` and a name of its table 5.5.2-1, or `{BLANK}` "
        "where that has none for a status of HTTP, and a `detail` that says what is wrong with which value; "
        "OGC API and the other JSON APIs answer with problem details (RFC 9457).",
        _table(("Name", "Type in NGSI-LD", "Status in NGSI-LD", "Status elsewhere", "Title"), rows),
    )


def _type_in_ngsi_ld(kind: ProblemKind) -> str:
    return error_type(kind_in_ngsi_ld(kind)).removeprefix(ERRORS)


def _commands() -> str:
    parts = list[str]()
    for words, command in _all_commands():
        parts.append(f"## beffroi {words}\n\n{command.help or ''}\n")
        rows = [_option(option) for option in command.params if vars(option)["name"] != "help"]
        if rows:
            parts.append(_table(("Option", "Default", "Meaning"), rows))
    return _page("Commands", "The program `beffroi`.", *parts)


def _all_commands() -> list[tuple[str, Command]]:
    """Every command with its words, those of groups after the group's name."""
    return [pair for name, each in _by_name(get_command(PROGRAM)) for pair in _within(name, each)]


def _within(words: str, command: Command) -> list[tuple[str, Command]]:
    """A command alone, or all that are in a group."""
    inner = _by_name(command)
    return [pair for name, each in inner for pair in _within(f"{words} {name}", each)] or [(words, command)]


def _by_name(command: object) -> list[tuple[str, Command]]:
    return sorted(commands_of(command).items())


def _option(option: object) -> tuple[str, str, str]:
    said = vars(option)
    names = ", ".join(f"`{word}`" for word in [*said.get("opts", []), *said.get("secondary_opts", [])])
    default = said.get("default")
    shown = "" if default in (None, "", ()) or callable(default) else f"`{default}`"
    return names, shown, str(said.get("help") or "")


def _addresses() -> str:
    rows = [
        (row.method, f"`{chapter.prefix}{row.path}`", row.clause, row.needs)
        for chapter in chapters()
        if chapter.name not in _ON_OTHER_PAGES
        for row in chapter.rows
    ]
    return _page(
        "Addresses",
        "What else the node answers, beside [NGSI-LD](../conformance.md) and [TM Forum](tm-forum.md); "
        "`needs` is what a token or a session must allow on a node that listens elsewhere than on loopback.",
        _table(("Method", "Path", "Defined by", "Needs"), rows),
    )


def _requirements() -> str:
    register = load_register()
    rows = [(r.id, r.level, r.how, r.text.en) for r in register.requirements]
    return _page(
        "Requirements",
        f"The MIM requirements that `beffroi check` judges (set {register.mim_set}, rules "
        f"{register.version}), in our own words. How: A by the program, S with a hint, M by a person.",
        _table(("Id", "Level", "How", "Requirement"), rows),
    )


def _writers(resource: Resource) -> str:
    """The right that writes a document, and the one that makes it where that is another."""
    return f"{resource.writes} (POST: {resource.makes})" if resource.makes else resource.writes


def _tm_forum() -> str:
    apis = [(api.clause, api.title, f"`{api.base}`") for api in APIS]
    kinds = [
        (
            r.api.clause,
            f"`{r.name}`",
            ", ".join(sorted(r.methods)),
            ", ".join(r.required),
            _writers(r),
            _seen(r),
        )
        for r in RESOURCES.values()
    ]
    machines = {r.name: r.machine for r in RESOURCES.values() if r.machine}
    moves = [
        (f"`{name}.{machine.member}`", f"'{state}'", ", ".join(f"'{one}'" for one in sorted(following)))
        for name, machine in machines.items()
        for state, following in machine.moves.items()
    ]
    words = [
        [f"`{name}` '{state}'", ", ".join(sorted(sides))]
        for name, states in MOVERS.items()
        for state, sides in states.items()
    ]
    return _page(
        "TM Forum Open APIs",
        "Every API has a `/hub` beside its resources, for listeners of its events. `Needs` are the members "
        "that a client has to give, `writes` is what a token must allow for it; all reads need `read`.",
        _table(("API", "Title", "Path"), apis),
        "## Resources\n",
        _table(("API", "Resource", "Methods", "Needs", "Writes", "Who sees a document"), kinds),
        "## States\n",
        "A move that is not in this table is refused with 409 and a sentence that names both states.\n",
        _table(("Member", "From", "To"), moves),
        "Of these documents each state is the word of one side; others are moved by whoever may write "
        "them, orders and products by their seller.\n",
        _table(("State", "Whose word"), words),
    )


def _seen(resource: Resource) -> str:
    concerned = "who stands in " + ", ".join(f"`{p}`" for p in resource.parties)
    if not resource.public:
        return concerned
    states = ", ".join(sorted(resource.hidden))
    return f"everybody; while it is {states}: {concerned}" if states else "everybody"


def _words(handler: object) -> str:
    return str(getattr(handler, "__name__", "")).replace("_", " ")


def _clause_order(row: Sequence[str]) -> tuple[list[int], str, str]:
    return [int(part) for part in row[0].partition(",")[0].split(".")], row[1], row[2]


def _table(head: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return (
        "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in line) + " |" for line in lines)
        + "\n"
    )


def _page(title: str, *parts: str) -> str:
    return "\n".join([f"# {title}\n", "*Printed from code by `make docs`.*\n", *parts])


def main() -> int:
    """Write the pages, or with --check say which of them are not what the code prints."""
    stale = [name for name, text in pages().items() if _read(name) != text]
    if "--check" in sys.argv:
        for name in stale:
            sys.stderr.write(f"docs/{name} is not what the code prints: make docs\n")
        return 1 if stale else 0
    (DOCS / "reference").mkdir(parents=True, exist_ok=True)
    for name in stale:
        (DOCS / name).write_text(pages()[name], "utf-8")
    return 0


def _read(name: str) -> str:
    path = DOCS / name
    return path.read_text("utf-8") if path.exists() else ""


if __name__ == "__main__":
    sys.exit(main())
