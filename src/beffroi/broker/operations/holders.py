"""Holders: what the notifier has to know of products whose tokens made subscriptions (`kernel/grant.py`)."""

from typing import Protocol

from beffroi.kernel.grant import Grant


class Holders(Protocol):
    async def heard(self, product: str, scope: str) -> Grant | None:
        """What a token with this scope (empty: for all of it) lets through of the product now; None if it is
        suspended, over or gone."""
        ...

    def may_notify(self, grant: Grant) -> bool:
        """Whether the product's quota has room for one more notification."""
        ...

    def notified(self, grant: Grant, entities: int, size: int) -> None:
        """Take down that a notification of so many entities and bytes was delivered."""
        ...


class NoHolders:
    """A node that sells nothing: subscriptions of products hear nothing."""

    async def heard(self, product: str, scope: str) -> Grant | None:  # noqa: ARG002
        return None

    def may_notify(self, grant: Grant) -> bool:  # noqa: ARG002
        return False

    def notified(self, grant: Grant, entities: int, size: int) -> None:
        """Nothing is counted where nothing is sold."""
