"""A chapter: one city comes by invitation, two ask; each member then follows the others."""

from collections.abc import Awaitable, Callable
from typing import Final, cast

from beffroi.demo.cities import City
from beffroi.demo.talk import Talk
from beffroi.demo.waiting import heard
from beffroi.kernel.json import JsonObject, objects_in

NETWORK: Final = "/network/v1"
WORDS: Final = "We would like to share needs and solutions."


async def found_chapter(talk: Talk, city: City) -> JsonObject:
    """The chapter's own document, published."""
    return await talk.make(
        f"{NETWORK}/chapters?publish=true",
        {"name": city.name, "language": "en", "text": "A simulated chapter of simulated cities."},
    )


async def say_where(talk: Talk, city: City) -> None:
    """The node says of itself what it is called and where it is."""
    place: JsonObject = {"name": city.name, "point": [*city.point]}
    await talk.put(
        f"{NETWORK}/identity", {"organisation": city.name, "place": place, "languages": ["fr", "en"]}
    )


async def gather_members(chapter: Talk, members: list[Talk]) -> int:
    """The first city comes with a code, the others ask and are accepted; all follow each other.

    Gives the number of members.
    """
    invitation = await chapter.make(f"{NETWORK}/invitations", {"note": "The first city"})
    for number, member in enumerate(members):
        body: JsonObject = {"address": chapter.address}
        body |= {"code": invitation["code"]} if number == 0 else {"words": WORDS}
        await member.make(f"{NETWORK}/joinings", body)
    for request in cast(
        "list[JsonObject]", (await chapter.document(f"{NETWORK}/requests", state="asked"))["requests"]
    ):
        await chapter.make(f"{NETWORK}/requests/{request['id']}/accept", {"reason": "Welcome."})
    for member in members:
        await heard(f"{member.address} does not follow all others", _follows(member, len(members)))
    return len(members)


def _follows(member: Talk, count: int) -> Callable[[], Awaitable[bool | None]]:
    """Looks whether a member follows the chapter and every other member."""

    async def look() -> bool | None:
        peers = objects_in((await member.document(f"{NETWORK}/peers"))["peers"])
        return True if sum(peer["state"] == "following" for peer in peers) >= count else None

    return look
