"""People sign in with a name and a password, and may do what their roles say."""

import pytest

from beffroi.app.access import actor_of
from beffroi.app.accounts import Door, accounts, add_account, change_password, remove_account
from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.problem import Problem
from beffroi.store.opening import open_store
from beffroi.store.port import Find, Store
from beffroi.web.message import ANYBODY, Actor, Request
from tests.conftest import Run

NOW = Instant("2026-11-22T13:49:00.000000Z")
PASSWORD = "a long password"


async def who(store: Store, session: str | None, at: Instant = NOW) -> Actor:
    return await actor_of(store, Request("GET", "/", "", {"cookie": f"beffroi_session={session}"}), at)


def test_a_session_carries_roles_rights_and_party(run: Run) -> None:
    async def work() -> None:
        store = await open_store("memory:", {})
        await add_account(store, "ana", PASSWORD, ["buyer"], "urn:org:1", NOW)
        door = Door(store)
        assert await door.enter("ana", "wrong password", NOW) is None
        assert await door.enter("nobody", PASSWORD, NOW) is None
        actor = await who(store, await door.enter("ana", PASSWORD, NOW))
        assert (actor.name, actor.party, actor.roles) == ("ana", "urn:org:1", frozenset({"buyer"}))
        assert actor.may == {"trade"}
        (stored,) = (await store.find(Find("", "account"))).records
        assert PASSWORD not in stored.document.decode()
        assert "argon2id" in stored.document.decode()
        assert "password" not in (await accounts(store))[0]

    run(work())


def test_another_password_or_no_account_ends_sessions(run: Run) -> None:
    async def work() -> None:
        store = await open_store("memory:", {})
        await add_account(store, "ana", PASSWORD, ["operator"], "", NOW)
        door = Door(store)
        session = await door.enter("ana", PASSWORD, NOW)
        assert "operate" in (await who(store, session)).may
        await change_password(store, "ana", PASSWORD + "!")
        assert await who(store, session) == ANYBODY
        assert await door.enter("ana", PASSWORD, NOW) is None
        session = await door.enter("ana", PASSWORD + "!", NOW)
        await remove_account(store, "ana")
        assert await who(store, session) == ANYBODY
        with pytest.raises(Problem, match="There is no account 'ana'"):
            await remove_account(store, "ana")

    run(work())


def test_after_five_wrong_passwords_a_name_rests(run: Run) -> None:
    async def work() -> None:
        store = await open_store("memory:", {})
        await add_account(store, "ana", PASSWORD, ["operator"], "", NOW)
        door = Door(store)
        for _ in range(5):
            assert await door.enter("ana", "wrong password", NOW) is None
        assert await door.enter("ana", PASSWORD, NOW) is None
        assert await door.enter("ana", PASSWORD, plus_seconds(NOW, 61)) is not None

    run(work())


@pytest.mark.parametrize(
    ("name", "password", "roles", "sentence"),
    [
        ("", PASSWORD, ["buyer"], "A name has"),
        ("ana", "short", ["buyer"], "A password has 10 to 500 characters; this has 5"),
        ("ana", PASSWORD, ["king"], "'king' is no role"),
        ("ana", PASSWORD, [], "needs a role"),
        ("bob", PASSWORD, ["buyer"], "There is an account 'bob' already"),
    ],
)
def test_a_bad_account_is_refused(
    run: Run, name: str, password: str, roles: list[str], sentence: str
) -> None:
    async def work() -> None:
        store = await open_store("memory:", {})
        await add_account(store, "bob", PASSWORD, ["buyer"], "", NOW)
        with pytest.raises(Problem, match=sentence):
            await add_account(store, name, password, roles, "", NOW)
        assert len(await accounts(store)) == 1

    run(work())


def test_a_session_ends_by_itself(run: Run) -> None:
    async def work() -> None:
        store = await open_store("memory:", {})
        await add_account(store, "ana", PASSWORD, ["auditor"], "", NOW)
        session = await Door(store).enter("ana", PASSWORD, NOW)
        assert (await who(store, session, plus_seconds(NOW, 60))).roles == {"auditor"}
        assert await who(store, session, plus_seconds(NOW, 13 * 3600.0)) == ANYBODY

    run(work())
