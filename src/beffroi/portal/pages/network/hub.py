"""The entry to the network: what this city promises, needs, offers and has found out, and with whom."""

from beffroi.kernel.json import JsonObject
from beffroi.network.operations.documents import Sought, documents
from beffroi.network.operations.strategy import read_deeds
from beffroi.network.rules.calls.call import CALL_KIND
from beffroi.network.rules.contracts.kinds import CONTRACT
from beffroi.network.rules.exchange.kinds import COMPARISON, EVENT, PRACTICE
from beffroi.network.rules.kind import Kind
from beffroi.network.rules.needs.need import NEED_KIND
from beffroi.network.rules.solutions.documents import SOLUTION
from beffroi.network.rules.strategy.board import totals
from beffroi.portal.pages.network.places import places
from beffroi.portal.reading.layers import surroundings
from beffroi.portal.reading.network.atlas import CHAPTER_NODE, CITY, COLOURS, known_nodes
from beffroi.portal.reading.network.origins import own_did
from beffroi.portal.visit import Visit
from beffroi.web.message import Response
from beffroi.web.paths import Arguments


async def hub(visit: Visit, _: Arguments) -> Response:
    promises = await read_deeds(visit.portal.network, await own_did(visit), visit.actor)
    nodes = await known_nodes(visit.portal.network, visit.portal.settings.city)
    cards = [
        ("needs", NEED_KIND, visit.say("Needs"), visit.say("What cities want to solve, and who shares it.")),
        ("calls", CALL_KIND, visit.say("Calls"), visit.say("Firms are asked, by clauses that are tests.")),
        (
            "contracts",
            CONTRACT,
            visit.say("Contracts"),
            visit.say("Accepted and reviewed by the same tests."),
        ),
        ("solutions", SOLUTION, visit.say("Solutions"), visit.say("Programs that other cities can run.")),
        ("practices", PRACTICE, visit.say("Practices"), visit.say("What worked, with what shows it.")),
        ("events", EVENT, visit.say("Events"), visit.say("Meetings and tours, and what was learned.")),
        ("comparison", COMPARISON, visit.say("Comparison"), visit.say("Cities by measured figures.")),
    ]
    values: dict[str, object] = {
        **places(visit, ""),
        "pledges": len(promises),
        "counts": totals(promises),
        "nodes": nodes,
        "map": _map(visit) if any(node.point for node in nodes) else None,
        "cards": [(path, name, said, await _count(visit, kind)) for path, kind, name, said in cards],
    }
    return visit.page("network/hub.html", visit.say("Network of cities"), values)


def _map(visit: Visit) -> JsonObject:
    """What the map's script has to know."""
    sorts = {CITY: visit.say("city"), CHAPTER_NODE: visit.say("chapter")}
    return {
        **surroundings(visit.portal, visit.language),
        "features": "/network-map",
        "entity": f"{visit.home()}network/nodes?node=",
        "types": [{"slug": sort, "name": name, "colour": COLOURS[sort]} for sort, name in sorts.items()],
        "colour": "",
        "legend": None,
    }


async def _count(visit: Visit, kind: Kind) -> int:
    """How many documents of a kind stand, of all cities."""
    page = await documents(visit.portal.network, kind, visit.actor, Sought(state="published"), limit=1)
    return page.total
