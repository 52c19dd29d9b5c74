"""`beffroi replicate`: bring a solution to a city, and write down how it went."""

import asyncio
import re
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Final, cast
from urllib.parse import urlsplit

import typer

from beffroi.app.access import RIGHTS, add_passing_token
from beffroi.app.access_entry import BY_COMMAND
from beffroi.app.world import now
from beffroi.cli.fit import OWN, City, Solution, Token, asked, manifest_of, show_fit
from beffroi.cli.options import Data, with_store
from beffroi.cli.own_network import is_own_network
from beffroi.cli.terminal import Terminal, styled
from beffroi.kernel.json import JsonObject, decode, objects_in
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.market.operations.services import INDEXERS
from beffroi.network.rules.document import content_of
from beffroi.network.rules.solutions.documents import MAPPING, SOLUTION
from beffroi.network.rules.solutions.manifest import Manifest
from beffroi.network.rules.solutions.mapping import parse_mapping
from beffroi.outbound import Client, Policy
from beffroi.processes.fit import Answered, mapping_of
from beffroi.processes.replicating.replicate import NETWORK, Wish, blocking, replicate
from beffroi.processes.replicating.talk import Talk
from beffroi.store.port import Store

PASS_S: Final = 3_600.0
RESULTS_S: Final = 30 * 86_400.0


@dataclass(frozen=True, slots=True)
class Tokens:
    """What the command does its work with, and what the program writes with."""

    work: str = ""
    results: str = ""


def replicate_solution(
    solution: Solution,
    city: City = OWN,
    program: Annotated[
        Path | None,
        typer.Option(exists=True, file_okay=False, help="The folder of the program, if SOLUTION is none."),
    ] = None,
    mapping: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="The mapping, read and confirmed.")
    ] = None,
    confirm: Annotated[bool, typer.Option(help="Confirm the proposed mapping unread.")] = False,
    name: Annotated[str, typer.Option(help="What the city is called; else its host.")] = "",
    keep: Annotated[bool, typer.Option(help="Let the program run until Ctrl-C.")] = False,
    seconds: Annotated[float, typer.Option(min=1, max=3_600, help="How long to wait for results.")] = 60,
    work: Annotated[
        Path | None, typer.Option(file_okay=False, help="Where the program works; else beside the data.")
    ] = None,
    token: Token = "",
    results_token: Annotated[
        str, typer.Option(envvar="BEFFROI_RESULTS_TOKEN", help="What the program writes with, with --token.")
    ] = "",
    data: Data = "data",
) -> None:
    """Fit SOLUTION, confirm its mapping, order what it needs, start it, verify, publish the record."""
    manifest = manifest_of(solution, data)
    folder = program or Path(solution)
    if not folder.is_dir():
        raise Problem(
            BadRequestData, f"Which program is '{solution}'? --program names its folder; none is fetched."
        )
    tokens = Tokens(token, results_token) if token else _own_tokens(data, city, manifest)
    answered = asked(manifest, city, tokens.work)
    show_fit(answered, "en")
    beside = Path(data) if Path(data).is_dir() else Path()
    host = re.sub(r"[^A-Za-z0-9.-]", "-", urlsplit(city).netloc)
    choice = _Choice(
        confirm, keep, seconds, name or host, work or beside / "solutions" / f"{manifest.id}-{host}"
    )
    record = asyncio.run(_replicated(answered, folder, _mapping_in(mapping), tokens, choice))
    content = content_of(record)
    good = content["outcome"] == "runs"
    colour = "green" if good else "red"
    said = styled((str(content["outcome"]), f"bold {colour}"), f": {record['id']}")
    Terminal().print(said, soft_wrap=True)
    raise typer.Exit(0 if good else 1)


@dataclass(frozen=True, slots=True)
class _Choice:
    confirm: bool
    keep: bool
    seconds: float
    name: str
    work: Path


async def _replicated(
    answered: Answered, folder: Path, given: JsonObject | None, tokens: Tokens, choice: _Choice
) -> JsonObject:
    address, manifest = answered.facts.address, answered.manifest
    async with Client(Policy(allow_private=is_own_network(address))) as client:
        talk = Talk(client, address, tokens.work)
        mapping, mapping_id = given, ""
        if mapping is None:
            mapping, mapping_id = await _confirmed(talk, manifest)
        if mapping is None:
            mapping = _proposed(answered, confirm=choice.confirm)
        document = await _document(talk, manifest)
        wish = Wish(
            answered, mapping, folder, choice.name, choice.work, tokens.results, document, mapping_id,
            choice.seconds,
        )  # fmt: skip
        return await replicate(wish, talk, now, _tell, keep=choice.keep)


async def _confirmed(talk: Talk, manifest: Manifest) -> tuple[JsonObject | None, str]:
    """The newest mapping of this solution that somebody confirmed on this node, for this node."""
    found = await talk.object(
        f"{NETWORK}/{MAPPING.path}", solution=manifest.id, state="published", limit="1000"
    )
    for document in reversed(objects_in(found.get("documents"))):
        mapping = cast("JsonObject", content_of(document)["mapping"])
        if mapping.get("node") == talk.address and mapping.get("version") == manifest.version:
            return mapping, str(document["id"])
    return None, ""


async def _document(talk: Talk, manifest: Manifest) -> str:
    """The id of the solution's document that the city knows; empty if it knows none."""
    found = await talk.object(f"{NETWORK}/{SOLUTION.path}", id=manifest.id, state="published", limit="1")
    documents = objects_in(found.get("documents"))
    return str(documents[0]["id"]) if documents else ""


def _proposed(answered: Answered, *, confirm: bool) -> JsonObject:
    """The proposal, if a person confirms it; where it cannot run anyway, nobody is asked."""
    if confirm or blocking(answered):
        return mapping_of(answered)
    if not sys.stdin.isatty() or not typer.confirm("Is the mapping right?"):
        raise Problem(
            BadRequestData,
            "The mapping was not confirmed: write it with 'beffroi fit --mapping FILE', read it, and give it "
            "here with --mapping FILE; or say --confirm.",
        )
    return mapping_of(answered)


def _mapping_in(file: Path | None) -> JsonObject | None:
    if file is None:
        return None
    found = decode(file.read_bytes())
    if not isinstance(found, dict):
        raise Problem(BadRequestData, f"'{file}' is no mapping: it holds no object.")
    parse_mapping(found)
    return found


def _own_tokens(data: str, city: str, manifest: Manifest) -> Tokens:
    """Tokens of the node whose data is here, if it is on this machine: the command's for an hour, the
    program's for thirty days."""
    here = Path(data).is_dir() or data.startswith(("postgres:", "postgresql:"))
    if not here or not is_own_network(city):
        return Tokens()

    async def make(store: Store) -> Tokens:
        at = now()
        passing = await add_passing_token(store, "replicate", RIGHTS, at, PASS_S, BY_COMMAND)
        if not manifest.writes:
            return Tokens(passing)
        name = f"solution {manifest.id}"
        results = await add_passing_token(store, name, ["write"], at, RESULTS_S, BY_COMMAND, manifest.writes)
        return Tokens(passing, results)

    return with_store(data, make, INDEXERS)


def _tell(sentence: str) -> None:
    Terminal().print(sentence, soft_wrap=True)
