"""A token acts for a party as a session of such an account does, until it or the account is taken back."""

from typing import Any

import pytest

from beffroi.app.access import actor_of, add_passing_token, add_token, remove_tokens, sign_in, tokens
from beffroi.app.access_entry import By
from beffroi.app.accounts import Door, add_account, forget_account, remove_account
from beffroi.app.party_tokens import add_account_token, add_party_token
from beffroi.kernel.instant import Instant
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Change, Commit, document_of
from beffroi.market.operations.chaining import verify_audit
from beffroi.market.rules.apis import RESOURCES
from beffroi.store.opening import open_store
from beffroi.store.port import Find, Store
from beffroi.web.message import ANYBODY, Actor, Request
from tests.conftest import Run

NOW = Instant("2026-11-22T13:49:00.000000Z")
LATER = Instant("2026-11-22T14:49:00.000000Z")
PASSWORD = "a long password"


async def opened(*parties: str) -> Store:
    store = await open_store("memory:", {})
    made = [Change(RESOURCES["organization"].key(party), document_of({"id": party})) for party in parties]
    await store.transact([], lambda _: Commit(tuple(made)))
    return store


async def bearer(store: Store, token: str) -> Actor:
    return await actor_of(store, Request("GET", "/", "", {"authorization": f"Bearer {token}"}), NOW)


async def signed_in(store: Store, session: str | None) -> Actor:
    return await actor_of(store, Request("GET", "/", "", {"cookie": f"beffroi_session={session}"}), NOW)


async def entries(store: Store) -> list[Any]:
    return [record.body for record in (await store.find(Find("", "audit", limit=None))).records]


def test_a_token_has_the_rights_the_roles_and_the_party_of_such_an_account(run: Run) -> None:
    async def work() -> None:
        store = await opened("org-1")
        await add_account(store, "ana", PASSWORD, ["buyer", "provider"], "org-1", NOW)
        session = await signed_in(store, await Door(store).enter("ana", PASSWORD, NOW))
        for_party = await bearer(
            store, await add_party_token(store, "till", ["buyer", "provider"], "org-1", NOW)
        )
        as_account = await bearer(store, await add_account_token(store, "shop", "ana", NOW))
        standing = (session.may, session.roles, session.party)
        assert (for_party.name, for_party.may, for_party.roles, for_party.party) == ("till", *standing)
        assert (as_account.name, as_account.may, as_account.roles, as_account.party) == ("ana", *standing)
        assert (session.account, for_party.account, as_account.account) == (NOW, "", "")

    run(work())


def test_an_accounts_token_ends_with_it_and_is_nobody_of_its_name_later(run: Run) -> None:
    async def work() -> None:
        store = await opened("org-1")
        await add_account(store, "ana", PASSWORD, ["buyer"], "org-1", NOW)
        token = await add_account_token(store, "shop", "ana", NOW)
        (kept,) = (await store.find(Find("", "token", limit=None))).records
        session = await sign_in(store, token, NOW)
        assert (await signed_in(store, session)).party == "org-1"
        await remove_account(store, "ana", NOW)
        assert await tokens(store) == []
        assert await signed_in(store, session) == ANYBODY
        await add_account(store, "ana", PASSWORD, ["buyer"], "org-1", LATER)
        # one that was made while the account went
        await store.transact([], lambda _: Commit((Change(kept.key, document_of(kept.body)),)))
        with pytest.raises(Problem, match="not valid"):
            await bearer(store, token)
        assert await sign_in(store, token, NOW) is None

    run(work())


def test_a_token_that_is_taken_back_ends_the_sessions_that_it_opened(run: Run) -> None:
    async def work() -> None:
        store = await opened("org-1")
        await add_account(store, "ana", PASSWORD, ["buyer"], "org-1", NOW)
        own = await Door(store).enter("ana", PASSWORD, NOW)
        session = await sign_in(store, await add_account_token(store, "shop", "ana", NOW), NOW)
        assert await remove_tokens(store, "shop", NOW) == 2
        assert await signed_in(store, session) == ANYBODY
        assert (await signed_in(store, own)).name == "ana"

    run(work())


def test_the_tokens_of_an_erased_person_go_with_the_person(run: Run) -> None:
    async def work() -> None:
        store = await opened("person-1", "org-1")
        await add_party_token(store, "robot of zoe", ["buyer"], "person-1", NOW)
        await add_party_token(store, "other", ["buyer"], "org-1", NOW)
        await forget_account(store, "zoe (provider.example)", "person-1", NOW)
        assert [known["name"] for known in await tokens(store)] == ["other"]

    run(work())


def test_the_log_says_whom_a_token_acts_for(run: Run) -> None:
    async def work() -> None:
        store = await opened("org-1")
        await add_account(store, "ana", PASSWORD, ["auditor"], "", NOW)
        await add_party_token(store, "till", ["buyer"], "org-1", NOW, By("boss", "A new till."))
        await add_account_token(store, "shop", "ana", NOW)
        await remove_account(store, "ana", NOW, By("boss", "She left."))
        said = [
            (one["actor"], one["id"], one["what"], one["reason"], one["granted"])
            for one in await entries(store)
            if one["resource"] == "token"
        ]
        whose = {"roles": ["auditor"], "account": "ana"}
        assert said == [
            ("boss", "till", "create", "A new till.", {"roles": ["buyer"], "party": "org-1"}),
            ("local", "shop", "create", "On the command line.", whose),
            ("boss", "shop", "delete", "She left.", whose),
        ]

    run(work())


def test_a_token_for_nobody_is_refused_and_not_made(run: Run) -> None:
    async def work() -> None:
        store = await opened()
        with pytest.raises(Problem, match="There is no party 'nobody'"):
            await add_party_token(store, "till", ["buyer"], "nobody", NOW)
        with pytest.raises(Problem, match="'king' is no role"):
            await add_party_token(store, "till", ["king"], "", NOW)
        with pytest.raises(Problem, match="There is no account 'ana'"):
            await add_account_token(store, "shop", "ana", NOW)
        assert (await tokens(store), await entries(store)) == ([], [])

    run(work())


def test_a_token_that_passes_opens_no_session_that_outlasts_it(run: Run) -> None:
    async def work() -> None:
        store = await opened()
        by = By("boss", "A trial.")
        passing = await add_passing_token(store, "results", ["write"], NOW, 60.0, by, ["Forecast"])
        assert (await bearer(store, passing)).writes == {"Forecast"}
        assert await sign_in(store, passing, NOW) is None
        (entry,) = await entries(store)
        assert (entry["actor"], entry["id"], entry["reason"]) == ("boss", "results", "A trial.")
        until = "2026-11-22T13:50:00.000000Z"
        assert entry["granted"] == {"rights": ["write"], "types": ["Forecast"], "until": until}
        assert (await verify_audit(store)).broken is None
        assert await sign_in(store, await add_token(store, "robot", ["read"], NOW), NOW) is not None

    run(work())
