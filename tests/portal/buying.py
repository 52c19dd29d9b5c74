"""A node for pages on which a city buys from a control server: contracts accepted, breached, open."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

from tests.network.contracts.buying import NAMES, Service, contract_of
from tests.portal.node import Clock, Node, make_node
from tests.proof.controls import n3_lies
from tests.proof.ogc_city import OgcCity, stations

from beffroi.app.networking import buyer_of
from beffroi.kernel.instant import plus_seconds
from beffroi.kernel.json import JsonObject, decode_object
from beffroi.network.operations.contracts import begin
from beffroi.network.operations.documents import create
from beffroi.network.rules.contracts.kinds import CONTRACT
from beffroi.portal.routes import PORTAL_ROUTES, problem_page
from beffroi.portal.services import Doors, PortalSettings
from beffroi.processes.buying import Buyer, do_run, pack_of, review_due
from beffroi.proof.clauses.pack import pack_json
from beffroi.web.message import LOCAL, Actor
from beffroi.web.routing import Table

OFFICER = Actor("olga", frozenset({"read", "steer"}), roles=frozenset({"officer"}))


@dataclass
class Office:
    """A node with the checker; `service` is what the control server does now."""

    node: Node
    buyer: Buyer
    service: Service

    def contract(self, names: str = NAMES, **members: Any) -> JsonObject:
        pack: Any = decode_object(pack_json(pack_of(names.split(","), [])))
        content = contract_of(pack, **members)
        return self.node.run(create(self.buyer.network, CONTRACT, content, LOCAL, publish=True))

    def test(self, contract: JsonObject) -> JsonObject:
        run = self.node.run(begin(self.buyer.network, str(contract["id"]), "", OFFICER))
        return self.node.run(do_run(self.buyer, str(run["id"])))

    def review(self) -> None:
        self.node.run(review_due(self.buyer))


@contextmanager
def office() -> Iterator[Office]:
    settings = PortalSettings("Simville", simulated=True, sign_in=True)
    with make_node(settings=settings, doors=Doors()) as node:
        service = Service()

        class WayOut:
            async def __aenter__(self) -> Any:
                return service.fetch()

            async def __aexit__(self, *_: object) -> None:
                return None

        buyer = buyer_of(node.portal.network, WayOut)
        portal = replace(node.portal, network=buyer.network)
        table = Table()
        table.mount("", PORTAL_ROUTES, portal, problem_page(portal))
        node.portal, node.table = portal, table
        node.visitors["officer"] = OFFICER
        yield Office(node, buyer, service)


def full_office(made: Office) -> dict[str, str]:
    """One contract of each kind; the last segments of their ids."""
    names = dict[str, str]()

    def keep(name: str, contract: JsonObject) -> None:
        names[name] = str(contract["id"]).rpartition("/")[2]

    opened = made.contract("0.C1.R1.1,1.C3.R3.2", title="Open point (simulated)")
    made.test(opened)
    keep("open", opened)
    breached = made.contract(title="Breached (simulated)", reviewDays=1)
    made.test(breached)
    keep("breached", breached)
    keep("new", made.contract(title="Not tested (simulated)"))
    clock = made.node.clock
    assert isinstance(clock, Clock)
    clock.now = plus_seconds(clock.now, 86_400)
    made.service.control = OgcCity(obey_filters=False, sets={"stations": stations()})
    made.review()
    made.service.control = n3_lies()
    lying = made.contract(title="Only claims (simulated)")
    made.test(lying)
    keep("lying", lying)
    made.service.control = OgcCity()
    return names


@contextmanager
def buying_node() -> Iterator[Node]:
    """The node of an office with contracts, for a browser; `NAMED` tells their addresses. Whoever looks is an
    officer."""
    with office() as made:
        NAMED.update(full_office(made))
        made.buyer.wake()
        yield made.node


NAMED: dict[str, str] = {}
