"""A program's token for results opens one address for the types that it names."""

import json
from typing import Any

import pytest

from beffroi.app.access import actor_of, add_passing_token
from beffroi.app.access_entry import BY_COMMAND
from beffroi.app.results import PATH, check_results
from beffroi.kernel.instant import Instant
from beffroi.kernel.problem import Problem
from beffroi.store.memory import MemoryStore
from beffroi.web.message import Actor, Request
from tests.conftest import Run

NOW = Instant("2026-11-22T12:00:00.000000Z")
PROGRAM = Actor("solution x", frozenset({"write"}), writes=frozenset({"Forecast"}))
RESULT = {"id": "urn:ngsi-ld:Forecast:1", "type": "Forecast", "x": {"type": "Property", "value": 1}}


def asked(body: Any, method: str = "POST", path: str = PATH, **headers: str) -> Request:
    return Request(method, path, "", headers, json.dumps(body).encode(), actor=PROGRAM, raw_path=path)


def test_results_of_the_named_type_pass(run: Run) -> None:
    run(check_results(asked([RESULT, {**RESULT, "id": "urn:ngsi-ld:Forecast:2"}]), None))


def test_the_token_says_what_it_may_write(run: Run) -> None:
    store = MemoryStore({})
    token = run(add_passing_token(store, "solution x", ["write"], NOW, 60, BY_COMMAND, ["Forecast"]))
    request = Request("GET", "/", "", {"authorization": f"Bearer {token}"})
    assert run(actor_of(store, request, NOW)) == PROGRAM


@pytest.mark.parametrize(
    ("request_", "said"),
    [
        (asked([{**RESULT, "type": "Streetlight"}]), "of the type Forecast, and not of 'Streetlight'"),
        (asked([RESULT, {**RESULT, "type": ["Forecast", "Streetlight"]}]), "not of \"['Forecast'"),
        (asked([{**RESULT, "id": "urn:ngsi-ld:Streetlight:1"}]), "does not begin with"),
        (
            asked([{**RESULT, "@context": {"Forecast": "https://example.org/Streetlight"}}]),
            "without an @context",
        ),
        (asked([RESULT, 7]), "without an @context"),
        (asked(RESULT | {"id": 7}), "does not begin with"),
        (asked([RESULT], link="<https://x.example/c.jsonld>"), "header 'link'"),
        (asked([RESULT], **{"ngsild-tenant": "other"}), "header 'ngsild-tenant'"),
        (asked([RESULT], path="/ngsi-ld/v1/entityOperations/delete"), "nothing else"),
        (asked(None, method="GET", path="/ngsi-ld/v1/entities"), "nothing else"),
        (asked(None, method="DELETE"), "nothing else"),
    ],
)
def test_everything_else_is_refused_with_the_reason(run: Run, request_: Request, said: str) -> None:
    with pytest.raises(Problem) as refused:
        run(check_results(request_, None))
    assert said in refused.value.detail
    assert refused.value.kind.name == "Forbidden"


class Unread:
    """A body that nobody may ask for."""

    announced = 2

    async def read(self) -> bytes:
        raise AssertionError("The body was read.")

    async def piece(self, until: float) -> bytes:
        raise AssertionError(f"The body was read until {until}.")


def test_who_asks_for_something_else_has_no_body_read(run: Run) -> None:
    with pytest.raises(Problem):
        run(check_results(asked([RESULT], path="/ngsi-ld/v1/entities"), Unread()))
