"""What a party may do with its own data: change it, take it along, and have a person's erased."""

from collections.abc import Mapping

from beffroi.kernel.json import Json, JsonObject, objects_in
from beffroi.kernel.problem import BadRequestData, Conflict, Problem, ResourceNotFound
from beffroi.kernel.record import Change, Key, Record, document_of
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import Asker, act, change, leaving
from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.apis.tmf622 import PRODUCT_ORDER
from beffroi.market.rules.apis.tmf632 import INDIVIDUAL, ORGANIZATION
from beffroi.market.rules.apis.tmf637 import PRODUCT
from beffroi.market.rules.apis.tmf678 import CUSTOMER_BILL
from beffroi.market.rules.audit.entry import KIND as AUDIT
from beffroi.market.rules.bills.erased_name import WHY_ERASED, Erased, names_of, step_of
from beffroi.market.rules.bills.party_form import BILLED, billed, described, erased, is_erased
from beffroi.market.rules.documents import machines
from beffroi.market.rules.documents.behaviour import Outcome, Scene, Written
from beffroi.market.rules.documents.machines import is_end
from beffroi.market.rules.documents.narrow import of_parties
from beffroi.market.rules.documents.resource import TENANT, Resource
from beffroi.market.rules.documents.visibility import Actor, concerns
from beffroi.market.rules.orders.parties import is_seller
from beffroi.store.port import Find, Where


async def own_party(market: Market, party: str) -> tuple[Resource, JsonObject] | None:
    """The organization or the individual of this id; None without one."""
    found = await market.store.read([kind.key(party) for kind in (ORGANIZATION, INDIVIDUAL)])
    for kind in (ORGANIZATION, INDIVIDUAL):
        if kind.key(party) in found:
            return kind, found[kind.key(party)].body
    return None


async def existing_party(market: Market, party: str) -> tuple[Resource, JsonObject]:
    """As `own_party`, of one that somebody names. Raises Problem(BadRequestData) where there is none."""
    found = await own_party(market, party)
    if found is None:
        raise Problem(BadRequestData, f"There is no party '{party[:100]}'.")
    return found


async def describe(market: Market, said: Mapping[str, str], actor: Actor) -> JsonObject:
    """Write what a party says of itself. Raises Problem: ResourceNotFound, BadRequestData."""
    kind, _ = await _existing(market, actor)
    asker = Asker(actor, "The party's own data for bills.")
    return await change(market, kind, actor.party, lambda body: described(body, said), asker)


async def export(market: Market, actor: Actor) -> JsonObject:
    """Every document that names the actor's party, by kind, and what the log says that it did."""
    documents: JsonObject = {}
    for resource in RESOURCES.values():
        if resource.public and resource is not INDIVIDUAL:
            continue
        found = await market.store.find(_concerning(resource, actor.party))
        if found.records:
            documents[resource.name] = [record.body for record in found.records]
    entries = await market.store.find(
        Find(TENANT, AUDIT, Where("party", "==", "text", actor.party), limit=None)
    )
    log: list[Json] = [record.body for record in entries.records if record.body.get("party") == actor.party]
    return {"party": actor.party, "exported": market.now(), "documents": documents, "log": log}


async def erase_person(market: Market, actor: Actor) -> None:
    """Take from an individual what says who it is; bills that name it, and those that are still to come for
    what it held, keep what the law demands of them. Other documents lose its name in commits that follow
    (`forgetting`), so do its ratings lose their words. Nobody orders for it meanwhile or afterwards.

    Raises Problem(Conflict) for an organization, and for who has an order open or holds a product.
    """
    kind, _ = await _existing(market, actor)
    if kind is not INDIVIDUAL:
        raise Problem(Conflict, "An organization is no person; its operator closes it.")
    asker, key = Asker(actor, WHY_ERASED), kind.key(actor.party)
    async with leaving(market, kind, actor.party, asker):
        owed = await _check_free(market, actor.party)
        sells = any(is_seller(document, actor.party) for document in owed)

        def rule(scene: Scene) -> Outcome | None:
            person = scene.records[key].body
            if is_erased(person):
                return None
            copy = Change(Key(TENANT, BILLED, actor.party), document_of(billed(person, sells=sells)))
            kept = (copy,) if owed else ()
            step = step_of(Erased(actor.party, names_of(person)), scene.now)
            return Outcome(person, (Written(kind.name, actor.party, erased(person)),), (step,), kept)

        await act(market, lambda _: [key], rule, asker)


async def _check_free(market: Market, party: str) -> list[JsonObject]:
    """The bills that name a party, and what it held or sold that may come to be billed. Raises
    Problem(Conflict) for one with an order that goes on or a product that has not ended."""
    store = market.store
    for record in (await store.find(_concerning(PRODUCT_ORDER, party))).records:
        state = str(record.body["state"])
        if not is_end(machines.PRODUCT_ORDER, state):
            what = _called(_ordered(record.body), record.key.id)
            raise Problem(Conflict, f"The order of {what} is '{state}'; cancel it first.")
    held = (await store.find(_concerning(PRODUCT, party))).records
    for record in held:
        state = str(record.body["status"])
        if not is_end(machines.PRODUCT, state):
            what = _called(str(record.body.get("name") or ""), record.key.id)
            raise Problem(Conflict, f"The product {what} is '{state}'; end it first.")
    bills = (await store.find(_concerning(CUSTOMER_BILL, party))).records
    priced = [record.body for record in held if record.body.get("productPrice")]
    return [*(record.body for record in bills), *priced]


def _ordered(order: JsonObject) -> str:
    """What is ordered, by the names of its offerings."""
    offerings = (item.get("productOffering") for item in objects_in(order.get("productOrderItem")))
    names = [str(one["name"]) for one in offerings if isinstance(one, dict) and one.get("name")]
    return ", ".join(dict.fromkeys(names))


def _called(name: str, id: str) -> str:
    return f"'{name[:100]}' ({id})" if name else f"'{id}'"


def _concerning(resource: Resource, party: str) -> Find:
    """The documents of a kind that name a party."""

    def keep(record: Record) -> bool:
        return concerns(resource, record.body, party)

    return Find(TENANT, resource.kind, of_parties(resource, party), keep, limit=None)


async def _existing(market: Market, actor: Actor) -> tuple[Resource, JsonObject]:
    found = await own_party(market, actor.party) if actor.party else None
    if found is None:
        raise Problem(ResourceNotFound, f"'{actor.name}' acts for no party that is known here.")
    return found
