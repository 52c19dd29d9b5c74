"""People sign in with a name and a password, and may do what their roles say."""

from hashlib import sha256
from typing import Any

import pytest

from beffroi.app.access import actor_of, add_token, remove_tokens
from beffroi.app.access_entry import By
from beffroi.app.accounts import (
    Door,
    accounts,
    add_account,
    change_password,
    forget_account,
    remove_account,
)
from beffroi.kernel.instant import Instant, plus_seconds
from beffroi.kernel.problem import Problem
from beffroi.market.operations.chaining import verify_audit
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
        await change_password(store, "ana", PASSWORD + "!", NOW)
        assert await who(store, session) == ANYBODY
        assert await door.enter("ana", PASSWORD, NOW) is None
        session = await door.enter("ana", PASSWORD + "!", NOW)
        await remove_account(store, "ana", NOW)
        assert await who(store, session) == ANYBODY
        with pytest.raises(Problem, match="There is no account 'ana'"):
            await remove_account(store, "ana", NOW)

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


def test_the_log_says_who_got_access_and_no_secret(run: Run) -> None:
    async def work() -> None:
        store = await open_store("memory:", {})
        by = By("boss", "She joined.", "city")
        await add_account(store, "ana", PASSWORD, ["buyer", "juror"], "urn:org:1", NOW, by)
        await change_password(store, "ana", PASSWORD + "!", NOW)
        await remove_account(store, "ana", NOW)
        token = await add_token(store, "robot", ["read", "write"], NOW, by)
        await remove_tokens(store, "robot", NOW)
        await add_account(store, "zoe", PASSWORD, ["buyer"], "person-1", NOW)
        await forget_account(store, "zoe", "person-1", NOW)
        await forget_account(store, "nobody", "", NOW)
        found = (await store.find(Find("", "audit", limit=None))).records
        entries: list[Any] = [record.body for record in found]
        ana = {"roles": ["buyer", "juror"], "party": "urn:org:1"}
        zoe = {"roles": ["buyer"], "party": "person-1"}
        rights = {"rights": ["read", "write"]}
        assert [
            tuple(one[name] for name in ("actor", "resource", "id", "what", "granted")) for one in entries
        ] == [
            ("boss", "account", "ana", "create", ana),
            ("local", "account", "ana", "password", ana),
            ("local", "account", "ana", "delete", ana),
            ("boss", "token", "robot", "create", rights),
            ("local", "token", "robot", "delete", rights),
            ("local", "account", "zoe", "create", zoe),
            ("zoe", "account", "zoe", "delete", zoe),
        ]
        assert (entries[0]["reason"], entries[0]["party"]) == ("She joined.", "city")
        assert "own request" in entries[-1]["reason"]
        judged = await verify_audit(store)
        assert (judged.entries, judged.broken) == (7, None)
        whole = b"".join(record.document for record in found).decode()
        assert not any(
            secret in whole for secret in (PASSWORD, token, "argon2", sha256(token.encode()).hexdigest())
        )

    run(work())


def test_what_is_refused_leaves_no_entry(run: Run) -> None:
    async def work() -> None:
        store = await open_store("memory:", {})
        await add_account(store, "ana", PASSWORD, ["buyer"], "", NOW)
        with pytest.raises(Problem, match="already"):
            await add_account(store, "ana", PASSWORD, ["operator"], "", NOW)
        assert (await verify_audit(store)).entries == 1

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
