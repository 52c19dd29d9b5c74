"""Two cities have the same need, each in its own language; one says "ours too" and it becomes a call."""

from typing import Final, cast
from urllib.parse import quote

from beffroi.demo.network.chapter import NETWORK
from beffroi.demo.talk import Talk
from beffroi.demo.waiting import heard
from beffroi.kernel.json import Json, JsonObject, objects_in

_BUDGET: Final[JsonObject] = {"currency": "EUR", "from": "5000", "to": "20000"}
FRENCH: Final[JsonObject] = {
    "title": "Savoir où il reste un vélo ou une borne",
    "language": "fr",
    "problem": "Les habitants arrivent devant des stations de vélos vides et des bornes de recharge "
    "occupées ; nous voulons une information en temps réel et une prévision courte.",
    "domain": "mobility",
    "data": [{"type": "BikeHireDockingStation"}, {"type": "EVChargingStation"}],
    "budget": _BUDGET,
    "desirability": {"level": 4, "reason": "La demande revient à chaque réunion de quartier."},
    "applicability": {"level": 3, "reason": "Les stations publient déjà leurs données."},
    "feasibility": {"level": 3, "reason": "Le budget et les données sont là."},
}
ENGLISH: Final[JsonObject] = {
    "title": "Tell people where a bike or a charging point is free",
    "language": "en",
    "problem": "People find empty docking stations of the bike sharing scheme and occupied charging points; "
    "we want real-time availability and a short forecast.",
    "domain": "mobility",
    "data": [{"type": "BikeHireDockingStation"}, {"type": "EVChargingStation"}],
    "budget": _BUDGET,
    "desirability": {"level": 3, "reason": "It is the most frequent complaint."},
    "applicability": {"level": 3, "reason": "Bikes and chargers are open data already."},
    "feasibility": {"level": 4, "reason": "The council has voted the money."},
}


async def share_need(first: Talk, second: Talk) -> tuple[JsonObject, JsonObject]:
    """The first city's need, and what the second city's is found to be like it, with the reason."""
    need = await first.make(f"{NETWORK}/needs?publish=true", FRENCH)
    other = await second.make(f"{NETWORK}/needs?publish=true", ENGLISH)
    path = f"{NETWORK}/needs/{quote(str(need['id']), safe='')}/similar"

    async def similar() -> JsonObject | None:
        rows = objects_in((await first.document(path))["similar"])
        return next((row for row in rows if cast("JsonObject", row["need"])["id"] == other["id"]), None)

    return need, await heard("the other city's need is not found to be similar", similar)


async def say_ours_too(first: Talk, second: Talk, need: JsonObject) -> int:
    """The second city has the need too; how many cities share it now."""

    async def known() -> bool | None:
        answer = await second.send("GET", f"{NETWORK}/needs/{quote(str(need['id']), safe='')}")
        return True if answer.status == 200 else None

    await heard("the need did not reach the other city", known)
    interest: JsonObject = {"need": need["id"], "language": "en", "wishes": ["A forecast of 30 minutes"]}
    await second.make(f"{NETWORK}/interests?publish=true", interest)

    async def shared() -> int | None:
        rows = objects_in((await first.document(f"{NETWORK}/shared-needs"))["shared"])
        ours = [row for row in rows if cast("JsonObject", row["need"])["id"] == need["id"]]
        return len(cast("list[Json]", ours[0]["cities"])) if ours else None

    return await heard("the interest did not reach the city with the need", shared)
