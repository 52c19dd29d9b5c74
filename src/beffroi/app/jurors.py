"""Which account a name means that is invited to a jury."""

from beffroi.app.accounts import KIND, account_of
from beffroi.app.oidc.people import People
from beffroi.kernel.record import Key
from beffroi.store.port import Store

ROLE = "juror"


async def juror_account(store: Store, people: People, issuer: str, name: str) -> str:
    """What the sessions of this juror name as their account; empty if nobody of this name is a juror.

    People who sign in by a provider are told apart by that: it does not give a name to somebody else.
    """
    key = Key("", KIND, name)
    record = (await store.read([key])).get(key)
    if record is not None:
        body = record.body
        roles = body["roles"]
        return account_of(body) if isinstance(roles, list) and ROLE in roles else ""
    return issuer if issuer and ROLE in people.roles_of(name, issuer) else ""
