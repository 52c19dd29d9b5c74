"""A city that buys a service from a control server, and a clock that is moved by days."""

from collections.abc import Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

from beffroi.app.networking import buyer_of
from beffroi.kernel.instant import plus_seconds
from beffroi.network.routes import NETWORK_ROUTES
from beffroi.network.rules.kind import ROOT
from beffroi.processes.buying import Buyer, review_due
from beffroi.proof.exchange import Answer, Fetch
from beffroi.store.port import Store
from beffroi.web.problem_json import problem_response
from beffroi.web.routing import Table
from tests.conftest import Run
from tests.network.city import City, city_of, name_of
from tests.proof.asking import HOST, Asked, Control, InProcess
from tests.proof.ogc_city import OgcCity

NAMES = "0.C1.R1.1,0.C2.R2.1,0.C2.R2.2,1.C1.R1.1,7.C1.R1.1"
DAY = 86_400.0


@dataclass
class Service:
    """The delivered service; `control` is exchanged when the supplier changes it, None when it is down."""

    control: Control | None = field(default_factory=OgcCity)

    def fetch(self) -> Fetch:
        return InProcess(self)

    def __call__(self, request: Asked) -> Answer:
        return Answer(0, failure="network") if self.control is None else self.control(request)


@dataclass
class Buying:
    city: City
    buyer: Buyer
    service: Service
    run: Run

    def clauses(self, names: str = NAMES, applies: str = "") -> Any:
        got = self.city.get("/clauses", f"requirement={names}&applies={applies}")
        assert got.status == 200, got.text
        return got.json

    def contract(self, clauses: Any = None, publish: bool = False, **members: Any) -> Any:
        content = contract_of(clauses or self.clauses(), **members)
        got = self.city.post("/contracts", content, f"publish={str(publish).lower()}")
        assert got.status == 201, got.text
        return got.json

    def test(self, contract: Any, purpose: str = "") -> Any:
        """Begin a run, do it, and give its content."""
        begun = self.city.post(f"/contracts/{name_of(contract)}/run", {"purpose": purpose} if purpose else {})
        assert begun.status == 202, begun.text
        assert self.run(review_due(self.buyer)) >= 1
        return self.city.get(f"/acceptances/{name_of(begun.json)}").json

    def later(self, days: float) -> int:
        """So many days later: what is due is done."""
        self.city.clock.now = plus_seconds(self.city.clock.now, days * DAY)
        return self.run(review_due(self.buyer))

    def story(self, contract: Any) -> Any:
        got = self.city.get(f"/contracts/{name_of(contract)}/story")
        assert got.status == 200, got.text
        return got.json


def contract_of(clauses: Any, **members: Any) -> dict[str, Any]:
    return {
        "title": "Stations as a service (simulated)",
        "buyer": {"name": "Simville (simulated)"},
        "supplier": {"name": "Honest Ltd (simulated)"},
        "endpoint": f"{HOST}/ogc",
        "clauses": clauses,
        "begins": "2026-11-01",
        "ends": "2029-10-31",
        "reviewDays": 30,
        "patienceDays": 3,
        **members,
    }


def buying_of(store: Store, run: Run, make: Callable[[], Service] = Service) -> Buying:
    plain, service = city_of(store, run), make()

    @asynccontextmanager
    async def way_out() -> Any:
        yield service.fetch()

    buyer = buyer_of(plain.network, way_out)
    table = Table()
    table.mount(ROOT, NETWORK_ROUTES, buyer.network, problem_response)
    return Buying(replace(plain, network=buyer.network, table=table), buyer, service, run)
