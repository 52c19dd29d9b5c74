"""Nodes: who this one is, its chapters, who asks to join its own, and the nodes that it follows."""

from collections.abc import Awaitable, Callable
from typing import Final, TypeAlias, cast

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import OperationNotSupported, Problem
from beffroi.network.operations import chapters, joining, peers
from beffroi.network.operations.documents import Sought, change, create, newest_documents
from beffroi.network.operations.following import Following
from beffroi.network.operations.identity import describe
from beffroi.network.rules.identity import identity_document
from beffroi.network.rules.membership.kinds import CHAPTER, MEMBERSHIP
from beffroi.network.rules.said import own_words
from beffroi.portal.pages.network.places import may, places
from beffroi.portal.reading.network.origins import origins, own_did
from beffroi.portal.reading.network.points import picker, typed_fields, typed_point
from beffroi.portal.visit import Page, Visit, see_other
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

HERE: Final = "network/nodes"
Fields: TypeAlias = "dict[str, str]"
Deed: TypeAlias = Callable[[Visit, Following, Fields], Awaitable[str]]
"""What a form does; a sentence that is shown once, empty for none."""


async def nodes(visit: Visit, _: Arguments) -> Response:
    """Who this node is, its chapters, and the nodes that it follows."""
    return await _shown(visit)


def page_of(deed: Deed) -> Page:
    """The page that a form of this page is sent to."""

    async def sent(visit: Visit, _: Arguments) -> Response:
        fields = {name: value.strip() for name, value in visit.form().items()}
        room = visit.portal.nodes
        if room is None:
            raise Problem(OperationNotSupported, "This portal follows no nodes.")
        try:
            said = await deed(visit, room, fields)
        except Problem as problem:
            return await _shown(visit, mistake=problem.detail)
        return await _shown(visit, said=said) if said else see_other(f"{visit.home()}{HERE}")

    return sent


async def _say_who(_: Visit, room: Following, fields: Fields) -> str:
    point = typed_point(fields)
    languages = [each.strip() for each in fields.get("languages", "").split(",") if each.strip()]
    said: JsonObject = {
        "organisation": fields.get("organisation", ""),
        "place": {"name": fields.get("place", ""), **({"point": point} if point else {})},
        "languages": [*languages],
    }
    await describe(room.network.store, own_words(said))
    return ""


async def _follow(_: Visit, room: Following, fields: Fields) -> str:
    await peers.follow(room.network, fields.get("node", ""))
    return ""


async def _unfollow(_: Visit, room: Following, fields: Fields) -> str:
    await peers.unfollow(room.network, fields.get("node", ""))
    return ""


async def _believe(_: Visit, room: Following, fields: Fields) -> str:
    await peers.believe(room.network, fields.get("node", ""))
    return ""


async def _join(_: Visit, room: Following, fields: Fields) -> str:
    await joining.join(room, fields.get("node", ""), fields.get("code", ""), fields.get("words", ""))
    return ""


async def _leave(_: Visit, room: Following, fields: Fields) -> str:
    await joining.leave(room, fields.get("node", ""), fields.get("words", ""))
    return ""


async def _be_chapter(visit: Visit, room: Following, fields: Fields) -> str:
    content: JsonObject = {"name": fields.get("name", ""), "language": visit.language.code}
    content |= {name: fields[name] for name in ("territory", "coordinator", "text") if fields.get(name)}
    linked = fields.get("chapters", "").split()
    content |= {"chapters": [*linked]} if linked else {}
    own = await _own_chapter(visit)
    if own is None:
        await create(room.network, CHAPTER, content, visit.actor, publish=True)
    else:
        id = str(own["id"]).rpartition("/")[2]
        reason = fields.get("reason", "")
        await change(room.network, CHAPTER, id, {"chapters": None, **content}, visit.actor, reason)
    await joining.reconcile(room)
    return ""


async def _invite(visit: Visit, room: Following, fields: Fields) -> str:
    made = await chapters.invite(room.network, fields.get("note", ""), 14, visit.actor)
    return visit.say(
        "The code is %(code)s. It is shown this once, is good once, and holds for 14 days.", code=made["code"]
    )


async def _accept(visit: Visit, room: Following, fields: Fields) -> str:
    await chapters.accept(room, fields.get("request", ""), visit.actor)
    return ""


async def _refuse(visit: Visit, room: Following, fields: Fields) -> str:
    await chapters.refuse(room, fields.get("request", ""), visit.actor, fields.get("reason", ""))
    return ""


async def _end(visit: Visit, room: Following, fields: Fields) -> str:
    await chapters.end(room, fields.get("node", ""), visit.actor, fields.get("reason", ""))
    return ""


async def _own_chapter(visit: Visit) -> JsonObject | None:
    sought = Sought(origin=await own_did(visit), state="published")
    found = await newest_documents(visit.portal.network, CHAPTER, visit.actor, sought)
    return found[0] if found else None


async def _shown(visit: Visit, *, mistake: str = "", said: str = "") -> Response:
    network = visit.portal.network
    identity = identity_document(await network.signer())
    published = Sought(state="published")
    known = await newest_documents(network, CHAPTER, visit.actor, published)
    members = await newest_documents(network, MEMBERSHIP, visit.actor, published)
    coordinates, operates = may(visit, "coordinate"), may(visit, "operate")
    own = str(identity["did"])
    values: dict[str, object] = {
        **places(visit, "nodes"),
        "identity": identity,
        "chapters": known,
        "own_chapter": next((each for each in known if each["origin"] == own), None),
        "members": members,
        "origins": await origins(visit, [*known, *members]),
        "peers": await peers.peers(network) if may(visit, "read") else None,
        "joinings": await joining.joinings(network) if may(visit, "read") else [],
        "requests": await chapters.requests(network, "asked") if coordinates else [],
        "may_coordinate": coordinates and visit.portal.nodes is not None,
        "may_operate": operates and visit.portal.nodes is not None,
        "own": own,
        "pick": await picker(visit),
        "where": typed_fields(cast("JsonObject", identity["place"]).get("point")),
        "mistake": mistake,
        "said": said,
    }
    status = 400 if mistake else 200
    return visit.page(
        "network/nodes.html", visit.say("Nodes and chapters"), values, status=status, place=HERE
    )


_DEEDS: Final[tuple[tuple[str, Deed, str], ...]] = (
    ("identity", _say_who, "operate"),
    ("follow", _follow, "operate"),
    ("unfollow", _unfollow, "operate"),
    ("believe", _believe, "operate"),
    ("join", _join, "operate"),
    ("leave", _leave, "operate"),
    ("chapter", _be_chapter, "coordinate"),
    ("invite", _invite, "coordinate"),
    ("accept", _accept, "coordinate"),
    ("refuse", _refuse, "coordinate"),
    ("end", _end, "coordinate"),
)
NODE_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("GET", "/network/nodes", nodes, "nothing"),
    *(("POST", f"/network/nodes/{name}", page_of(deed), needs) for name, deed, needs in _DEEDS),
)
