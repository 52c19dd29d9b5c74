"""Who acts in the network's scene: offices, firms and a jury, each with an account of their own."""

import secrets

from beffroi.app.accounts import Door, add_account
from beffroi.app.world import now
from beffroi.demo.cities import City
from beffroi.demo.talk import Talk, Unexpected
from beffroi.outbound import Client


async def sign_in(client: Client, city: City, name: str, role: str, party: str = "") -> Talk:
    """An account on a city's node, and the connection of who signs in with it."""
    store, password = city.node.store, secrets.token_urlsafe(16)
    await add_account(store, name, password, [role], party, now())
    session = await Door(store).enter(name, password, now())
    if session is None:
        raise Unexpected(f"'{name}' could not sign in.")
    return Talk(client, city.address, session)
