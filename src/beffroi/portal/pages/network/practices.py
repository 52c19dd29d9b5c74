"""Practices: what worked in a city, with what shows it; whether that still answers."""

from collections.abc import Mapping
from typing import Final

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Problem
from beffroi.network.operations.documents import Sought, create, newest_documents, retrieve_readable
from beffroi.network.operations.solutions import read_references
from beffroi.network.rules.document import content_of
from beffroi.network.rules.exchange.kinds import PRACTICE
from beffroi.portal.pages.network.places import may, places
from beffroi.portal.reading.network.origins import origins, own_did, short_id
from beffroi.portal.render import segment
from beffroi.portal.visit import Page, Visit, see_other
from beffroi.portal.words.needs import domain_names
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

FIELDS: Final = ("title", "text", "domain", "endpoint", "document", "contract", "result", "solution")
LONGEST: Final = 10_000


async def practices(visit: Visit, _: Arguments) -> Response:
    """Every practice that this node knows, of all cities or of one domain."""
    return await _list(visit)


async def write(visit: Visit, _: Arguments) -> Response:
    """Publish a practice; what is missing is said over the form."""
    fields = visit.form()
    content: JsonObject = {"language": visit.language.code}
    content |= {name: fields[name].strip()[:LONGEST] for name in FIELDS if fields.get(name, "").strip()}
    if fields.get("amount", "").strip():
        amount = fields["amount"].strip().replace(",", ".")
        content["cost"] = {"currency": fields.get("currency", "EUR"), "amount": amount}
    try:
        made = await create(visit.portal.network, PRACTICE, content, visit.actor, publish=True)
    except Problem as problem:
        return await _list(visit, said=fields, mistake=problem.detail)
    name = segment(short_id(str(made["id"]), await own_did(visit)))
    return see_other(f"{visit.home()}network/practices/{name}")


async def practice(visit: Visit, path: Arguments) -> Response:
    """One practice."""
    return await _one(visit, path["id"])


async def _list(visit: Visit, *, said: Mapping[str, str] | None = None, mistake: str = "") -> Response:
    network, own = visit.portal.network, await own_did(visit)
    asked = visit.request.parameters.get("domain", "") if visit.request.method == "GET" else ""
    sought = Sought(state="published", facets={"content.domain": asked})
    found = await newest_documents(network, PRACTICE, visit.actor, sought)
    values: dict[str, object] = {
        **places(visit, "practices"),
        "practices": [
            (each, await read_references(network.store, each), short_id(str(each["id"]), own))
            for each in found
        ],
        "origins": await origins(visit, found),
        "domains": domain_names(visit.language),
        "asked": asked,
        "said": said or {},
        "mistake": mistake,
        "may_write": may(visit, "steer"),
    }
    title, status = visit.say("Practices"), 400 if mistake else 200
    return visit.page("network/practices.html", title, values, status=status, place="network/practices")


async def _one(visit: Visit, id: str) -> Response:
    network, own = visit.portal.network, await own_did(visit)
    document = await retrieve_readable(network, PRACTICE, id, visit.actor)
    content = content_of(document)
    values: dict[str, object] = {
        **places(visit, "practices"),
        "document": document,
        "references": await read_references(network.store, document),
        "origin": (await origins(visit, [document]))[str(document["origin"])],
        "domain": domain_names(visit.language)[str(content["domain"])],
        "short": short_id(id, own),
        "solution": short_id(str(content.get("solution", "")), own),
        "may_write": may(visit, "steer") and document["origin"] == own,
    }
    trail = ((f"{visit.home()}network/practices", visit.say("Practices")),)
    place = f"network/practices/{segment(id)}"
    return visit.page("network/practice.html", str(content["title"]), values, trail=trail, place=place)


PRACTICE_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("GET", "/network/practices", practices, "nothing"),
    ("POST", "/network/practices", write, "steer"),
    ("GET", "/network/practices/{id}", practice, "nothing"),
)
