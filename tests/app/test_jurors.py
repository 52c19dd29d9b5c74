"""Who is invited to a jury is an account with the role juror, and nobody who gets its name later."""

from beffroi.app.access import actor_of
from beffroi.app.accounts import Door, add_account, remove_account
from beffroi.app.jurors import juror_account
from beffroi.app.oidc.people import People, Person
from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.store.memory import MemoryStore
from beffroi.store.port import Store
from beffroi.web.message import Request
from tests.conftest import Run

NOW = Instant("2026-11-22T13:49:00.000000Z")
PASSWORD, ISSUER = "a long password", "https://id.example/realm"
PEOPLE = People("email", {"ana@b.example": Person(("juror",)), "bob@b.example": Person(("buyer",))})


async def session_account(store: Store, name: str, at: Instant) -> str:
    session = await Door(store).enter(name, PASSWORD, at)
    actor = await actor_of(store, Request("GET", "/", "", {"cookie": f"beffroi_session={session}"}), at)
    assert actor.name == name
    return actor.account


def test_a_juror_is_the_account_and_not_the_name(run: Run) -> None:
    async def work() -> None:
        store, later = MemoryStore({}), plus_seconds(NOW, 60)
        await add_account(store, "ana", PASSWORD, ["juror"], "", NOW)
        invited = await juror_account(store, People(), "", "ana")
        assert await session_account(store, "ana", NOW) == invited != ""
        await remove_account(store, "ana", NOW)
        assert await juror_account(store, People(), "", "ana") == ""
        await add_account(store, "ana", PASSWORD, ["juror"], "", later)
        assert await session_account(store, "ana", later) != invited

    run(work())


def test_only_the_role_juror_is_invited(run: Run) -> None:
    async def work() -> None:
        store = MemoryStore({})
        await add_account(store, "boss", PASSWORD, ["operator", "coordinator"], "", NOW)
        for name in ("boss", "nobody", "", "ana@b.example (id.example)"):
            assert await juror_account(store, People(), "", name) == ""

    run(work())


def test_a_juror_who_signs_in_by_a_provider_is_named_as_its_table_has_them(run: Run) -> None:
    async def work() -> None:
        entry = PEOPLE.entry({"sub": "7", "email": "ana@b.example", "email_verified": True}, ISSUER)
        name = str(entry["name"])
        found = await juror_account(MemoryStore({}), PEOPLE, ISSUER, name)
        assert found == entry["account"] != ""
        for other in ("bob@b.example (id.example)", "ana@b.example (other.example)", "ana@b.example"):
            assert await juror_account(MemoryStore({}), PEOPLE, ISSUER, other) == ""

    run(work())
