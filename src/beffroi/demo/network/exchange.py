"""What worked is published as a practice, and two cities opt in to be compared."""

from datetime import timedelta
from typing import cast

from beffroi.app.world import now
from beffroi.demo.network.chapter import NETWORK
from beffroi.demo.talk import Talk
from beffroi.demo.waiting import heard
from beffroi.kernel.instant import datetime_of
from beffroi.kernel.json import Json, JsonObject


async def tell(first: Talk, second: Talk, solution: JsonObject) -> int:
    """A practice, an event at which it is shown, and the comparison; how many cities are compared."""
    practice = await first.make(
        f"{NETWORK}/practices?publish=true",
        {
            "title": "Disponibilité et prévision, avec le même programme dans deux villes (simulé)",
            "language": "fr",
            "domain": "mobility",
            "endpoint": f"{first.address}/ngsi-ld/v1/entities?type=AvailabilityForecast&limit=1",
            "contract": "Les clauses de l'appel : chacune est un test, repris chaque mois (simulé).",
            "cost": {"currency": "EUR", "amount": "9800", "note": "simulé"},
            "result": "Le même programme tourne dans deux villes ; seule la correspondance change.",
            "solution": solution["id"],
        },
    )
    begins = (datetime_of(now()) + timedelta(days=20)).date().isoformat()
    await first.make(
        f"{NETWORK}/events?publish=true",
        {
            "title": "Tournée des nœuds (simulée)",
            "language": "fr",
            "sort": "tour",
            "begins": begins,
            "learned": [{"text": "Une clause qui est un test se discute moins.", "practice": practice["id"]}],
        },
    )
    for talk in (first, second):
        await talk.put(f"{NETWORK}/comparison", {"compared": True})

    async def both() -> int | None:
        found = await first.document(f"{NETWORK}/comparisons", state="published")
        count = len(cast("list[Json]", found["documents"]))
        return count if count > 1 else None

    return await heard("the other city's figures did not come", both)
