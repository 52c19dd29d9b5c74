"""`beffroi serve`: run a node."""

import logging
import re
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from beffroi.app.loop import run
from beffroi.app.node import Node
from beffroi.app.serving import serve as serve_node
from beffroi.cli.options import Contexts, Data, Mappings, store_url
from beffroi.cli.terminal import Terminal, styled
from beffroi.config import Settings
from beffroi.kernel.licence import LICENCES
from beffroi.kernel.problem import BadRequestData, Problem

_EMAIL = re.compile(r"[^\s@<>:?]+@[^\s@<>:?]+")


def serve(
    data: Data = "data",
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(min=0, max=65535, help="0 takes a free one.")] = 1026,
    base: Annotated[str, typer.Option(help="The node's public address, if a proxy stands before it.")] = "",
    contexts: Contexts = None,
    mappings: Mappings = None,
    city: Annotated[str, typer.Option(help="The city's name, for its pages.")] = "Beffroi",
    description: Annotated[str, typer.Option(help="What the node offers, in a sentence.")] = "",
    publisher: Annotated[str, typer.Option(help="Who publishes the data.")] = "",
    contact: Annotated[str, typer.Option(help="Mail or web address of who answers for the data.")] = "",
    licence: Annotated[
        str, typer.Option(help="The SPDX identifier of the licence of what is shared, such as etalab-2.0.")
    ] = "",
    base_map: Annotated[str, typer.Option(help="A PMTiles file or a MapLibre style URL.")] = "",
    private_endpoints: Annotated[
        bool | None, typer.Option(help="May the node call private addresses? By default on loopback only.")
    ] = None,
    open_access: Annotated[
        bool | None, typer.Option(help="Serve without sign-in? By default on loopback only.")
    ] = None,
    header_seconds: Annotated[
        float, typer.Option(min=0.1, max=3600, help="How long the head of a request may take.")
    ] = 15.0,
    body_seconds: Annotated[
        float, typer.Option(min=0.1, max=3600, help="How long the body of a request may take.")
    ] = 30.0,
    keep_checks: Annotated[
        int,
        typer.Option(min=1, max=500, help="How many checks of one address are kept, with their evidence."),
    ] = 20,
    keep_history: Annotated[
        int, typer.Option(min=0, max=36_500, help="How many days the history is kept; 0 keeps all.")
    ] = 730,
    history_page: Annotated[
        int,
        typer.Option(
            min=1,
            max=10_000,
            help="How many instances of an entity one answer about its past has, all attributes together.",
        ),
    ] = 1_000,
    monitor_seconds: Annotated[
        float, typer.Option(min=1, max=3600, help="Seconds between probes of a promised service level.")
    ] = 60.0,
    follow_seconds: Annotated[
        float, typer.Option(min=0.2, max=3600, help="Seconds between looks at the feed of another node.")
    ] = 30.0,
    look_seconds: Annotated[
        float,
        typer.Option(min=1, max=86_400, help="Seconds between looks at where a solution is said to run."),
    ] = 3_600.0,
    journal: Annotated[
        Path | None,
        typer.Option(
            file_okay=False,
            help="The folder of the gate's journal and of the sealing key; by default `journal` beside the "
            "database, or in the working directory with PostgreSQL.",
        ),
    ] = None,
    keep_journal: Annotated[
        int,
        typer.Option(min=0, max=36_500, help="How many days counted lines of the journal stay; 0 keeps all."),
    ] = 730,
    oidc_issuer: Annotated[
        str, typer.Option(help="The issuer of an OpenID Connect provider by which people sign in.")
    ] = "",
    oidc_client_id: Annotated[str, typer.Option(help="What the node is called at that provider.")] = "",
    oidc_secret: Annotated[
        str, typer.Option(envvar="BEFFROI_OIDC_SECRET", hidden=True, help="Its secret there.")
    ] = "",
    oidc_secret_file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A file with its secret there.")
    ] = None,
    oidc_people: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A TOML file that says who may what.")
    ] = None,
) -> None:
    """Run a node until Ctrl+C."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(message)s")
    if base and not _is_http(base):
        raise Problem(BadRequestData, f"The public address '{base}' is no HTTP URL.")
    if licence and licence not in LICENCES:
        raise Problem(BadRequestData, f"The licence '{licence}' is none of {', '.join(LICENCES)}.")
    if contact and not _is_http(contact) and not _EMAIL.fullmatch(contact):
        raise Problem(
            BadRequestData, f"The contact '{contact}' is neither an e-mail address nor an HTTP URL."
        )
    if bool(oidc_issuer) != bool(oidc_client_id) or (oidc_issuer and not _is_http(oidc_issuer)):
        raise Problem(
            BadRequestData, "A provider needs both --oidc-issuer, an HTTP URL, and --oidc-client-id."
        )
    settings = Settings(
        data=store_url(data),
        host=host,
        port=port,
        base=base.rstrip("/"),
        contexts=contexts,
        mappings=mappings,
        city=city,
        description=description,
        publisher=publisher,
        contact=contact,
        licence=licence,
        base_map=base_map,
        private_endpoints=private_endpoints,
        open_access=open_access,
        header_seconds=header_seconds,
        body_seconds=body_seconds,
        keep_checks=keep_checks,
        keep_history=keep_history,
        history_page=history_page,
        monitor_seconds=monitor_seconds,
        follow_seconds=follow_seconds,
        look_seconds=look_seconds,
        journal=journal,
        oidc_issuer=oidc_issuer,
        oidc_client_id=oidc_client_id,
        oidc_secret=_secret(oidc_secret, oidc_secret_file),
        oidc_people=oidc_people,
        keep_journal=keep_journal,
    )
    run(serve_node(settings, _ready))


def _secret(given: str, file: Path | None) -> str:
    return file.read_text().strip() if file is not None else given


def _is_http(address: str) -> bool:
    try:
        parts = urlsplit(address)
    except ValueError:
        return False
    return parts.scheme in {"http", "https"} and bool(parts.hostname)


def _ready(node: Node, address: str) -> None:
    console = Terminal(soft_wrap=True)
    opened = (address, f"link {address}")
    console.print(styled((node.settings.city, "bold"), " is open at ", opened))
    console.print(f"  NGSI-LD           {address}/ngsi-ld/v1")
    console.print(f"  OGC API Features  {address}/ogc")
    console.print(f"  TM Forum          {address}/tmf-api")
    if node.settings.needs_sign_in:
        console.print(styled("  Every request needs a token: ", ("beffroi token add NAME", "bold")))
    console.print("  Ctrl+C ends it.")
