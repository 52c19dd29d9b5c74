"""`beffroi source add` and `beffroi source draft`: what stands behind an address."""

import sys
from collections.abc import Iterable, Sequence
from pathlib import Path
from shlex import quote
from typing import Annotated

import typer
from rich.table import Table

from beffroi.app.node import Node
from beffroi.cli.harmless import harmless
from beffroi.cli.node import with_node
from beffroi.cli.options import Data, Mappings, Private, address_of, store_url
from beffroi.cli.own_network import is_own_network
from beffroi.cli.signing import by_command
from beffroi.cli.terminal import Terminal, styled
from beffroi.cli.whereabouts import AREA_HELP, AXES_HELP
from beffroi.config import Settings
from beffroi.kernel.problem import AlreadyExists, BadRequestData, Problem, ResourceNotFound
from beffroi.sources.operations.catalogue import read_mapping
from beffroi.sources.operations.discover import discover
from beffroi.sources.operations.registry import add_sources, list_sources
from beffroi.sources.operations.trial import Trial, try_source
from beffroi.sources.rules.dataset import Discovery, only, read_by
from beffroi.sources.rules.mapping.draft import draft as drafted
from beffroi.sources.rules.mapping.identity import check_name
from beffroi.sources.rules.source import Source, changed, sources_from
from beffroi.sources.rules.whereabouts import said_of

Place = Annotated[str, typer.Argument(metavar="URL|FILE", help="An address of a portal, or a file here.")]
Datasets = Annotated[
    list[str] | None, typer.Option("--dataset", help="Only this dataset; may be given several times.")
]


MOST_NAMED = 10
"""So many sources that are there already are named."""


def add(
    place: Place,
    data: Data = "data",
    mappings: Mappings = None,
    dataset: Datasets = None,
    mapping: Annotated[str, typer.Option(help="Read one dataset by this mapping, whatever fits.")] = "",
    axes: Annotated[str, typer.Option(help=AXES_HELP)] = "",
    area: Annotated[str, typer.Option(help=AREA_HELP)] = "",
    private: Private = False,
) -> None:
    """Find out what stands behind URL or in FILE, and add every dataset that a mapping fits."""
    url, said = address_of(place), said_of(axes, area)

    async def work(node: Node) -> None:
        harvester = node.harvester
        found = await discover(url, harvester.world, list(harvester.catalogue.mappings.values()))
        wanted = _chosen(found, dataset)
        if mapping:
            _check_one(wanted, "A mapping")
            wanted = read_by(wanted, harvester.catalogue.find(mapping))
        known = await list_sources(node.store, "")
        new = [changed(each, said) for each in sources_from(wanted, known, harvester.world.now())]
        Terminal().print(_offers(wanted, [*known, *new]))
        if not new:
            raise _why_nothing(wanted, place, known)
        await add_sources(by_command(node.store), "", new)
        Terminal().print(styled(f"{len(new)} added. ", ("beffroi harvest", "bold"), " reads them."))

    with_node(_settings(data, mappings, private=private or is_own_network(url)), work)


def draft(
    place: Place,
    dataset: Annotated[str, typer.Option(help="Which dataset, if there are several.")] = "",
    entity_type: Annotated[
        str, typer.Option("--type", help="The type of the entities, best one of a Smart Data Model.")
    ] = "PointOfInterest",
    to: Annotated[Path | None, typer.Option(dir_okay=False, help="Write it to this new file.")] = None,
    private: Private = False,
) -> None:
    """Propose a mapping for a dataset made of its columns, and say what it would make of the records."""
    url = address_of(place)
    check_name(entity_type, "type")

    async def work(node: Node) -> tuple[str, Trial]:
        world = node.harvester.world
        found = _chosen(await discover(url, world, ()), [dataset] if dataset else None)
        _check_one(found, "A draft")
        one = found.offered[0].dataset
        written = drafted(one.id, one.title, entity_type, one.sample)
        mapping = read_mapping(written)
        (made,) = sources_from(read_by(found, mapping), (), world.now())
        return written, await try_source(world, made, mapping)

    settings = _settings("memory:", None, private=private or is_own_network(url))
    written, trial = with_node(settings, work)
    if to is None:
        typer.echo(harmless(written) if sys.stdout.isatty() else written)
    else:
        _write_new(to, written)
    _tell(trial, to)


def _settings(data: str, mappings: Path | None, *, private: bool) -> Settings:
    return Settings(data=store_url(data), mappings=mappings, private_endpoints=private)


def _chosen(found: Discovery, datasets: list[str] | None) -> Discovery:
    return only(found, datasets) if datasets else found


def _check_one(found: Discovery, what: str) -> None:
    if len(found.offered) != 1:
        names = ", ".join(each.dataset.id for each in found.offered[:20])
        raise Problem(BadRequestData, f"{what} is for one dataset; say which with --dataset: {names}.")


def _offers(found: Discovery, sources: Iterable[Source]) -> Table:
    table = Table("dataset", "fields", "mapping", "name", title=f"{found.title} ({found.family})")
    names = {each.dataset: each.name for each in sources if each.url == found.url}
    for offered in found.offered:
        mapping = offered.proposals[0].mapping if offered.proposals else "none fits"
        dataset = offered.dataset
        table.add_row(dataset.title, str(len(dataset.fields)), mapping, names.get(dataset.id, ""))
    return table


def _why_nothing(found: Discovery, place: str, known: Iterable[Source]) -> Problem:
    read = {each.dataset: each.name for each in known if each.url == found.url}
    unmapped = [
        each.dataset.id for each in found.offered if not each.proposals and each.dataset.id not in read
    ]
    if not unmapped:
        return Problem(
            AlreadyExists,
            f"Everything behind this address is a source already: {_some(list(read.values()))}.",
        )
    which = f" --dataset {unmapped[0]}" if len(found.offered) > 1 else ""
    return Problem(
        ResourceNotFound,
        "No mapping fits anything more behind this address. To begin one of your own: "
        f"beffroi source draft {quote(place)}{which} --to mappings/NAME.toml; "
        "then add it with --mappings mappings (docs/how-to/bring-your-own-csv.md).",
    )


def _some(names: Sequence[str]) -> str:
    more = len(names) - MOST_NAMED
    return ", ".join(names[:MOST_NAMED]) + (f" and {more} more" if more > 0 else "")


def _write_new(path: Path, text: str) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("x", encoding="utf-8") as file:
            file.write(text)
    except FileExistsError as failure:
        raise Problem(
            BadRequestData, f"The file '{path}' is there already, and is not written over."
        ) from failure
    except OSError as failure:
        raise Problem(
            BadRequestData, f"The file '{path}' cannot be written: {failure.strerror}."
        ) from failure


def _tell(trial: Trial, to: Path | None) -> None:
    """What the draft would make of the records: on standard error, so that the draft can be piped."""
    console, tally = Terminal(stderr=True, soft_wrap=True), trial.dry_run.tally
    where = f"Written to {to}. " if to else ""
    console.print(f"{where}Of {tally.read} records read, {tally.mapped} would come in.")
    for reason in (*tally.reasons.values(), *tally.notes.values()):
        console.print(f"  {reason.count} times: {reason.sentence}")
    for sentence in filter(None, (trial.error, trial.cut_short)):
        console.print(f"  {sentence}")
