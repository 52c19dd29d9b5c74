"""`beffroi network`: who this node is, the chapter that it is in or is, and the nodes that it follows."""

from collections.abc import Awaitable, Callable
from typing import Annotated, TypeVar, cast

import typer
from rich.table import Table

from beffroi.app.following import following_of, open_peers
from beffroi.app.offline import offline_network
from beffroi.app.world import now
from beffroi.cli.listing import show_list
from beffroi.cli.networking import OWN_ADDRESS
from beffroi.cli.options import Base, Data, store_url, with_store
from beffroi.cli.terminal import Terminal, styled
from beffroi.config import Settings
from beffroi.kernel.json import Json, JsonObject
from beffroi.network.operations import chapters, joining, peers
from beffroi.network.operations.following import Following
from beffroi.network.operations.identity import About, describe, rotate
from beffroi.network.operations.services import INDEXERS
from beffroi.network.rules.identity import identity_document
from beffroi.network.rules.said import own_words
from beffroi.store.port import Store
from beffroi.web.message import Actor

network = typer.Typer(
    help="Who this node is, its chapter, and the nodes that it follows.", no_args_is_help=True
)
HERE = Actor("command line", frozenset({"read", "write", "operate", "coordinate"}))
_COLOURS = {"following": "green", "late": "yellow", "broken": "bold red"}
Named = Annotated[str, typer.Argument(metavar="NODE", help="The address of a node, or its DID.")]
Request = Annotated[str, typer.Argument(metavar="REQUEST", help="The id of a request.")]
Result = TypeVar("Result")


@network.command()
def identity(
    organisation: Annotated[str, typer.Option(help="Say whose this node is.")] = "",
    place: Annotated[str, typer.Option(help="Say where.")] = "",
    point: Annotated[tuple[float, float] | None, typer.Option(help="Longitude and latitude.")] = None,
    languages: Annotated[str, typer.Option(help="Say which languages are spoken: fr,en.")] = "",
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Show who this node is, after saying of it what the options say."""

    async def work(room: Following) -> JsonObject:
        known = identity_document(await room.network.signer())
        before = cast("JsonObject", known["place"])
        said: JsonObject = {
            "organisation": organisation or known["organisation"] or place,
            "place": {**before, "name": place or before["name"] or organisation},
            "languages": cast("list[Json]", languages.split(",")) if languages else known["languages"],
        }
        if point is not None:
            cast("JsonObject", said["place"])["point"] = [*point]
        if organisation or place or languages or point is not None:
            await describe(room.network.store, own_words(said))
        return identity_document(await room.network.signer())

    _show(_with_nodes(data, base, work))


@network.command(name="new-key")
def new_key(data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Sign with a new key from now on; the old one says so in the feed."""
    made = with_store(data, lambda store: rotate(store, About(base, "", ""), now()), INDEXERS)
    _say(f"{made.did}#{made.key.kid} signs from now on.")


@network.command()
def invite(
    note: Annotated[str, typer.Option(help="For whom it is.")] = "",
    days: Annotated[int, typer.Option(help="How long it holds.")] = 14,
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Invite a node to this chapter: a code that is shown once and good once."""
    made = _with_nodes(data, base, lambda room: chapters.invite(room.network, note, days, HERE))
    _say(f"The code is {made['code']}; it holds until {made['until']}.")


@network.command()
def join(
    chapter: Named,
    code: Annotated[str, typer.Option(help="The code of an invitation.")] = "",
    words: Annotated[str, typer.Option(help="Words for the coordinator.")] = "",
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Ask a chapter to let this node in."""
    known = _with_nodes(data, base, lambda room: joining.join(room, chapter, code, words))
    _say(f"{known['chapter']}: {known['state']}{_because(known['why'])}")


@network.command()
def leave(
    chapter: Named,
    words: Annotated[str, typer.Option(help="Why; everybody sees it.")] = "",
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Leave a chapter, or take a request back."""
    known = _with_nodes(data, base, lambda room: joining.leave(room, chapter, words))
    _say(f"{known['chapter']}: {known['state']}")


@network.command()
def requests(
    state: Annotated[str, typer.Option(help="asked, accepted, refused.")] = "",
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Show who asks, or has asked, to join this chapter."""
    table = Table("id", "organisation", "node", "asked", "state", "decided by", "words")
    for each in _with_nodes(data, base, lambda room: chapters.requests(room.network, state)):
        decision = each["decided"]
        by = str(decision["by"]) if isinstance(decision, dict) else ""
        table.add_row(
            *(str(each[n]) for n in ("id", "organisation", "member", "asked", "state")),
            by,
            str(each["words"]),
        )
    show_list(table, "Nobody asks; 'beffroi network invite' makes a code with which a node can.")


@network.command()
def accept(request: Request, data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Let a node into this chapter."""
    made = _with_nodes(data, base, lambda room: chapters.accept(room, request, HERE))
    _say(f"{made['member']} is a member.")


@network.command()
def refuse(
    request: Request,
    reason: Annotated[str, typer.Option(help="Why; the node is told.")],
    data: Data = "data",
    base: Base = OWN_ADDRESS,
) -> None:
    """Refuse a node."""
    made = _with_nodes(data, base, lambda room: chapters.refuse(room, request, HERE, reason))
    _say(f"{made['member']} is refused.")


@network.command(name="peers")
def show_peers(data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Show the nodes that this one follows, and how they are."""
    table = Table("node", "organisation", "state", "since", "entries", "why")
    for peer in _with_nodes(data, base, lambda room: peers.peers(room.network)):
        about = peer.get("about")
        whose = str(about.get("organisation", "")) if isinstance(about, dict) else ""
        state = styled((str(peer["state"]), _COLOURS[str(peer["state"])]))
        entries = f"{peer['sequence']} of {peer['end']}"
        table.add_row(str(peer["address"]), whose, state, str(peer["since"])[:19], entries, str(peer["why"]))
    show_list(table, "This node follows none yet; 'beffroi network follow NODE' begins it.")


@network.command()
def follow(node: Named, data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Follow a node's feed."""
    made = _with_nodes(data, base, lambda room: peers.follow(room.network, node))
    _say(f"{made['did']} is followed.")


@network.command()
def unfollow(node: Named, data: Data = "data", base: Base = OWN_ADDRESS) -> None:
    """Follow a node no more: what it said leaves this one, unless a chapter names it."""
    left = _with_nodes(data, base, lambda room: peers.unfollow(room.network, node))
    _say("It is followed no more." if left is None else f"It is still followed: {left['reasons']} name it.")


def _with_nodes(data: str, base: str, work: Callable[[Following], Awaitable[Result]]) -> Result:
    """Do a work with a store and with ways to other nodes."""
    settings = Settings(data=store_url(data), base=base)

    async def run(store: Store) -> Result:
        async with open_peers(settings) as client:
            return await work(following_of(settings, offline_network(store, base), client))

    return with_store(data, run, INDEXERS)


def _show(document: JsonObject) -> None:
    for name, value in document.items():
        _say(f"{name}: {value}")


def _say(sentence: str) -> None:
    Terminal().print(sentence, soft_wrap=True)


def _because(why: object) -> str:
    return f": {why}" if why else ""
