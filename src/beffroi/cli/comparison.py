"""`beffroi comparison`: cities by measured figures, and whether this one takes part."""

from typing import Annotated, cast

import typer
from rich.table import Table

from beffroi.app.node import Node
from beffroi.cli.listing import show_list
from beffroi.cli.networking import OWN_ADDRESS
from beffroi.cli.node import with_node
from beffroi.cli.options import Base, Data, store_url
from beffroi.config import Settings
from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import OperationNotSupported, Problem
from beffroi.network.operations.documents import Sought, all_documents
from beffroi.network.operations.names import names_of
from beffroi.network.rules.document import content_of
from beffroi.network.rules.exchange.figures import ranked
from beffroi.network.rules.exchange.kinds import COMPARISON
from beffroi.processes.checks import run_waiting
from beffroi.web.message import LOCAL

FIGURES = ("types", "entities", "pledges", "kept", "actions", "done", "freshness")


def comparison(
    take_part: Annotated[
        bool | None,
        typer.Option("--take-part/--leave", help="Let this city be compared, or not any more."),
    ] = None,
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Show the cities that opted in by what is measured; nobody takes part by default."""

    async def work(node: Node) -> tuple[list[JsonObject], dict[str, str]]:
        network = node.network
        if take_part is not None:
            if network.compare is None:
                raise Problem(OperationNotSupported, "This node compares nothing.")
            await network.compare(LOCAL, compared=take_part)
            await run_waiting(node.checker)
        found = ranked(await all_documents(network, COMPARISON, LOCAL, Sought(state="published")))
        return found, {**await names_of(network, [str(each["origin"]) for each in found])}

    found, names = with_node(Settings(data=store_url(data), base=base), work)
    table = Table("City", "Passed", *(name.capitalize() for name in FIGURES), "Measured")
    for each in found:
        content = content_of(each)
        figures = cast("JsonObject", content["figures"])
        passed = f"{figures['passed']} / {figures['testable']}" if "passed" in figures else "–"
        shown = (str(figures.get(name, "–")) for name in FIGURES)
        table.add_row(names[str(each["origin"])], passed, *shown, str(content["on"]))
    show_list(table, "No city takes part yet; 'beffroi comparison --take-part' measures this one.")
