"""`beffroi document`: what the city says in the network: write it, correct it, withdraw it, read it."""

from pathlib import Path
from typing import Annotated

import typer
from rich.table import Table

from beffroi.cli.listing import show_list
from beffroi.cli.networking import OWN_ADDRESS, with_network
from beffroi.cli.options import Base, Data
from beffroi.cli.terminal import Terminal
from beffroi.kernel.json import JsonObject, decode
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.network.operations import documents
from beffroi.network.operations.documents import Sought
from beffroi.network.rules.document import content_of
from beffroi.network.rules.kind import Kind
from beffroi.network.rules.kinds import KINDS
from beffroi.web.message import LOCAL

document = typer.Typer(
    help="What the city says in the network: pledges, needs, practices and all else.", no_args_is_help=True
)
Named = Annotated[str, typer.Argument(metavar="KIND", help="A kind, such as pledge, need or practice.")]
Id = Annotated[str, typer.Argument(help="The last segment of its id, or the whole id.")]
File = Annotated[Path, typer.Option(exists=True, dir_okay=False, help="The content as JSON.")]
Reason = Annotated[str, typer.Option(help="Why; everybody reads it.")]


@document.command(name="list")
def list_documents(
    kind: Named,
    city: Annotated[str, typer.Option(help="Only those of the city with this DID.")] = "",
    state: Annotated[str, typer.Option(help="draft, published or withdrawn.")] = "",
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Show the documents of a kind, those of followed cities as well."""
    named = _kind(kind)
    found = with_network(
        data, base, lambda network: documents.all_documents(network, named, LOCAL, Sought(city, state))
    )
    table = Table("Id", "Title", "State", "Version", "Changed")
    for each in found:
        title = str(content_of(each).get("title", ""))
        table.add_row(str(each["id"]), title, *(str(each[name]) for name in ("state", "version", "changed")))
    show_list(table, f"There is no such document; 'beffroi document write {kind} --file FILE' writes one.")


@document.command()
def show(kind: Named, id: Id, data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Show every version of a document, the oldest first, as JSON."""
    named = _kind(kind)
    rows = with_network(data, base, lambda network: documents.versions(network, named, id, LOCAL))
    Terminal().print_json(data={"versions": rows})


@document.command()
def write(
    kind: Named,
    file: File,
    data: Data = "data",
    base: Base = OWN_ADDRESS,
    *,
    publish: Annotated[bool, typer.Option("--publish", help="Publish it at once.")] = False,
) -> None:
    """Write a document; its id is printed."""
    named, content = _plain(kind), _object_in(file)
    made = with_network(
        data, base, lambda network: documents.create(network, named, content, LOCAL, publish=publish)
    )
    Terminal().print(str(made["id"]), soft_wrap=True)


@document.command()
def publish(kind: Named, id: Id, data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Make a draft public."""
    named = _plain(kind)
    _say(with_network(data, base, lambda network: documents.publish(network, named, id, LOCAL)))


@document.command()
def correct(
    kind: Named,
    id: Id,
    reason: Reason,
    text: Annotated[
        list[str] | None, typer.Option("--set", help="A member and its text: title=Open data.")
    ] = None,
    file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A merge patch (RFC 7396) as JSON.")
    ] = None,
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Correct a document in the open; what it said before stays readable."""
    named = _plain(kind)
    patch = _object_in(file) if file else {}
    patch |= dict(map(_member, text or []))
    if not patch:
        raise Problem(BadRequestData, "There is nothing to correct: give --set or --file.")
    _say(with_network(data, base, lambda network: documents.change(network, named, id, patch, LOCAL, reason)))


@document.command()
def withdraw(kind: Named, id: Id, reason: Reason, data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Say that a document does not hold any more."""
    named = _plain(kind)
    _say(with_network(data, base, lambda network: documents.withdraw(network, named, id, LOCAL, reason)))


def _kind(name: str) -> Kind:
    if name not in KINDS:
        raise Problem(BadRequestData, f"There is no kind '{name[:40]}'; there are {', '.join(KINDS)}.")
    return KINDS[name]


def _plain(name: str) -> Kind:
    kind = _kind(name)
    if not kind.plain:
        raise Problem(BadRequestData, f"A {name} is written by its own steps and not by hand.")
    return kind


def _object_in(file: Path) -> JsonObject:
    found = decode(file.read_bytes())
    if not isinstance(found, dict):
        raise Problem(BadRequestData, f"'{file}' is no document: it holds no object.")
    return found


def _member(text: str) -> tuple[str, str]:
    name, equals, value = text.partition("=")
    if not equals:
        raise Problem(BadRequestData, f"'{text[:60]}' is no member with a text, as title=Open data.")
    return name.strip(), value


def _say(made: JsonObject) -> None:
    said = f"{made['id']} is {made['state']}, version {made['version']}."
    Terminal().print(said, soft_wrap=True)
