"""`beffroi fit`: will a solution run on a city's data?"""

import asyncio
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Final, TypeAlias

import typer
from rich.table import Table

from beffroi.app.world import now
from beffroi.cli.options import Data, with_store
from beffroi.cli.own_network import is_own_network
from beffroi.cli.terminal import Terminal, styled
from beffroi.kernel.json import JsonObject, encode
from beffroi.kernel.problem import BadRequestData, Problem, ResourceNotFound
from beffroi.network.operations.services import INDEXERS
from beffroi.network.operations.solutions import find_manifest
from beffroi.network.rules.solutions.manifest import Manifest, read_manifest
from beffroi.network.rules.solutions.names import local
from beffroi.network.rules.solutions.reasons import MARKS, label
from beffroi.network.wire.fit_page import fit_html
from beffroi.outbound import Answer, Client, Policy
from beffroi.processes.fit import Answered, report, will_it_run
from beffroi.processes.measuring import MOST_BYTES

COLOURS: Final = {"covered": "green", "derivable": "yellow", "missing": "red"}
OWN: Final = "http://127.0.0.1:1026"
Solution: TypeAlias = Annotated[
    str,
    typer.Argument(
        metavar="SOLUTION", help="A manifest, the folder it is in, or the id of a known solution."
    ),
]
City: TypeAlias = Annotated[str, typer.Option(envvar="BEFFROI_BASE", help="The address of the city's node.")]
Token: TypeAlias = Annotated[
    str, typer.Option(envvar="BEFFROI_TOKEN", help="A token to read with, if the node needs one.")
]
Lang: TypeAlias = Annotated[str, typer.Option(help="en or fr.")]


def fit(
    solution: Solution,
    city: City = OWN,
    token: Token = "",
    json: Annotated[Path | None, typer.Option(help="Write the whole answer here.")] = None,
    html: Annotated[Path | None, typer.Option(help="Write the answer as a page here.")] = None,
    mapping: Annotated[Path | None, typer.Option(help="Write the proposed mapping here.")] = None,
    lang: Lang = "en",
    data: Data = "data",
) -> None:
    """Measure a city's data and say of each need of SOLUTION: covered, derivable or missing."""
    if lang not in {"en", "fr"}:
        raise Problem(BadRequestData, f"There is no language '{lang}'; there are en and fr.")
    manifest = manifest_of(solution, data)
    answered = asked(manifest, city, token)
    found = report(answered)
    if json:
        json.write_bytes(encode(found))
    if html:
        html.write_text(fit_html(manifest.title(lang), found, lang), "utf-8")
    if mapping:
        mapping.write_bytes(encode(found["mapping"]))
    show_fit(answered, lang)
    raise typer.Exit(1 if answered.fit.verdict == "missing" else 0)


def manifest_of(solution: str, data: str) -> Manifest:
    """The manifest that somebody named: a file, a folder with `manifest.json`, or a known solution."""
    path = Path(solution)
    file = path / "manifest.json" if path.is_dir() else path
    if file.is_file():
        return read_manifest(file.read_bytes())
    if not solution.startswith("did:") and len(Path(solution).parts) != 1:
        raise Problem(ResourceNotFound, f"'{solution}' is neither a manifest nor the id of a solution.")
    return with_store(data, lambda store: find_manifest(store, solution), INDEXERS)


def asked(manifest: Manifest, city: str, token: str) -> Answered:
    """Measure and judge; an address that somebody typed may be of this machine or its network."""

    async def run() -> Answered:
        async with Client(Policy(allow_private=is_own_network(city))) as client:

            async def get(url: str, headers: Mapping[str, str]) -> Answer:
                return await client.get(url, headers, most_bytes=MOST_BYTES)

            return await will_it_run(get, city, manifest, now(), token)

    return asyncio.run(run())


def show_fit(answered: Answered, lang: str) -> None:
    """The table of needs, the cost of the gap, what the dry run made."""
    console, fit, facts = Terminal(), answered.fit, answered.facts
    table = Table("", "need", "verdict", "why", "from")
    shown = ""
    for row in fit.rows:
        if row.need != shown and row.need:
            table.add_section()
            table.add_row("", styled((row.need, "bold")), "", "", "")
            shown = row.need
        aspect = row.attribute if row.aspect == "attribute" else label(row.aspect, lang)
        aspect += f" ({row.attribute})" if row.attribute and row.aspect != "attribute" else ""
        aspect += "" if row.required else " *"
        table.add_row(
            styled((MARKS[row.verdict], COLOURS[row.verdict])),
            aspect,
            styled((label(row.verdict, lang), COLOURS[row.verdict])),
            " ".join(reason.text(lang) for reason in row.reasons),
            " ".join(local(each) for each in row.source.split()),
        )
    table.caption = "* optional"
    console.print(table)
    cost = fit.cost
    verdict = (f"{MARKS[fit.verdict]} {label(fit.verdict, lang)}", f"bold {COLOURS[fit.verdict]}")
    counted = (
        f": {answered.manifest.title(lang)} on {facts.address}, "
        f"{facts.requests} requests. Missing {cost.missing}, derivable {cost.derivable}, "
        f"other needs not met {cost.unmet}, sampled values absent {cost.without_value}."
    )
    console.print(styled(verdict, counted), soft_wrap=True)
    for trial in answered.trials:
        tally = trial.tally
        console.print(
            f"Dry run {trial.mapping.need}: {tally.whole} of {tally.entities} sampled entities get every "
            "attribute.", soft_wrap=True,
        )  # fmt: skip
        for _, mapped in trial.shown[:2]:
            console.print(f"  {_in_short(mapped.entity)}", soft_wrap=True)
    for note in facts.unread:
        console.print(styled((f"Not read: {note}", "dim")), soft_wrap=True)


def _in_short(entity: JsonObject) -> str:
    parts = [
        f"{name}={each['value']}"
        for name, each in entity.items()
        if isinstance(each, dict) and each.get("type") == "Property"
    ]
    return f"{entity['id']}: {', '.join(parts)}"
