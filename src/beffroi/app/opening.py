"""Open a node: the store, the ways out, the rooms, their routes and what runs beside them."""

import asyncio
import logging
import secrets
import time
from collections.abc import AsyncGenerator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path

from beffroi.app import access
from beffroi.app.accounts import Door, forget_account
from beffroi.app.admission import Admission
from beffroi.app.description import DESCRIPTION_ROUTES, WHOLE_PATH, Described
from beffroi.app.documents import DOCUMENT_ROUTES, own_context_url, own_documents, preloaded
from beffroi.app.faces import licence_address, open_catalogue
from beffroi.app.following import following_of, mount_nodes, open_peers
from beffroi.app.gate import Gate
from beffroi.app.holding import open_holders
from beffroi.app.networking import open_network
from beffroi.app.node import Node, Work
from beffroi.app.oidc import routes as oidc
from beffroi.app.oidc.people import read_people
from beffroi.app.oidc.provider import Provider, Registration
from beffroi.app.sealing import open_safe
from beffroi.app.through import THROUGH_ROUTES, Through
from beffroi.app.watching import open_monitor
from beffroi.app.world import chance, new_id, new_uuid, now
from beffroi.broker.operations.contexts import Contexts
from beffroi.broker.operations.erasing import keep_erasing
from beffroi.broker.operations.expiry import keep_removing_expired, lasting
from beffroi.broker.operations.notify import Notifier
from beffroi.broker.operations.services import INDEXERS as BROKER_INDEXERS
from beffroi.broker.operations.services import Broker
from beffroi.broker.operations.shelving import keep_forgetting_provided
from beffroi.broker.routes import ROUTES
from beffroi.broker.rules.context.context import Context
from beffroi.broker.wire.answers import ROOT as NGSI_LD
from beffroi.broker.wire.problems import problem_response
from beffroi.config import Settings
from beffroi.courier.courier import MOST_LANES, Courier
from beffroi.courier.http import HttpDelivery
from beffroi.courier.telling import log_facts
from beffroi.kernel.json import encode
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.kernel.record import Change, Commit, Key, Record
from beffroi.market.operations.beginning import begin
from beffroi.market.operations.notify import Announcer
from beffroi.market.operations.services import INDEXERS as MARKET_INDEXERS
from beffroi.market.operations.services import Market
from beffroi.market.operations.tokens import Tokens
from beffroi.market.routes.agreements import AGREEMENT_ROUTES
from beffroi.market.routes.auditing import AUDIT_ROUTES
from beffroi.market.routes.crediting import CREDIT_NOTE_ROUTES
from beffroi.market.routes.dcat import DCAT_ROUTES
from beffroi.market.routes.inventory import INVENTORY_ROUTES
from beffroi.market.routes.inventory import PREFIX as INVENTORY
from beffroi.market.routes.invoices import INVOICE_ROUTES
from beffroi.market.routes.levels import LEVEL_ROUTES
from beffroi.market.routes.oauth import OAUTH_ROUTES
from beffroi.market.routes.offers import OFFER_ROUTES
from beffroi.market.routes.permits import PERMIT_ROUTES
from beffroi.market.routes.ratings import RATING_ROUTES
from beffroi.market.routes.tmf import TMF_ROUTES
from beffroi.market.rules.audit.entry import OVER_API
from beffroi.market.rules.documents.resource import ROOT
from beffroi.market.wire.problems import problem_response as tmf_problem
from beffroi.network.operations.following import Following, keep_following
from beffroi.network.operations.joining import keep_tending
from beffroi.network.operations.services import INDEXERS as NETWORK_INDEXERS
from beffroi.network.operations.witnessing import keep_witnessing
from beffroi.network.routes import NETWORK_ROUTES
from beffroi.network.rules.kind import ROOT as NETWORK
from beffroi.ogc.operations.services import Ogc
from beffroi.ogc.routes import OGC_ROUTES
from beffroi.outbound import Client, Policy
from beffroi.portal.routes import PORTAL_ROUTES, problem_page
from beffroi.portal.services import BaseMap, Doors, Plain, PortalSettings, Rooms, Style, Tiles, open_portal
from beffroi.portal.words.refusals import said_in as refusal_in
from beffroi.processes.agreed_time import keep_ending_products
from beffroi.processes.checks import Checker, keep_checking, start_check
from beffroi.processes.claims import behaviours
from beffroi.processes.ended_products import keep_removing_listeners
from beffroi.processes.forget_history import keep_forgetting
from beffroi.processes.fulfilment import Fulfilment
from beffroi.processes.handover import Handover
from beffroi.processes.harvest import Harvester, harvest
from beffroi.processes.harvest_due import keep_harvesting
from beffroi.processes.harvest_into_broker import harvester_of
from beffroi.processes.holders import ProductHolders
from beffroi.processes.metering import keep_forgetting_lines, keep_metering
from beffroi.processes.monitoring import Monitor, keep_monitoring
from beffroi.processes.signed_sources import SignedSources
from beffroi.proof.fetch import LOCAL, PUBLIC, guarded_fetch
from beffroi.sources import routes as sources
from beffroi.sources.operations.catalogue import Catalogue, shipped, with_own
from beffroi.sources.operations.fetching import Limits, World, harvest_policy
from beffroi.sources.operations.local_files import with_files
from beffroi.sources.operations.registry import INDEXERS
from beffroi.sources.rules.vocabulary import context_document
from beffroi.store.opening import open_store
from beffroi.store.port import Indexer, Store
from beffroi.web.problem_json import problem_response as json_problem
from beffroi.web.routing import Table, plain_problem

LOG = logging.getLogger("beffroi")
ALL_INDEXERS: Mapping[str, Indexer] = {
    **BROKER_INDEXERS,
    **INDEXERS,
    **MARKET_INDEXERS,
    **NETWORK_INDEXERS,
}
SECRET = Key("", "secret", "forms")
INVENTORY_ROWS = (
    *INVENTORY_ROUTES, *AGREEMENT_ROUTES, *AUDIT_ROUTES, *PERMIT_ROUTES, *CREDIT_NOTE_ROUTES,
)  # fmt: skip


@asynccontextmanager
async def open_node(settings: Settings) -> AsyncGenerator[Node, None]:
    """Open the store and the connections, put the node together, close all at the end."""
    async with AsyncExitStack() as stack:
        store = await open_store(settings.data, ALL_INDEXERS)
        stack.push_async_callback(store.close)
        policy = Policy(allow_private=settings.allow_private)
        client = await stack.enter_async_context(Client(policy))
        # a connection for each lane, so that what hangs keeps nobody from having one
        postman = await stack.enter_async_context(Client(replace(policy, most_connections=MOST_LANES)))
        # services that hang keep nobody but their own buyers waiting
        abroad = await stack.enter_async_context(Client(policy))
        reader = await stack.enter_async_context(Client(harvest_policy(allow_private=settings.allow_private)))
        own = {own_context_url(settings): context_document()}
        contexts = Contexts(store, client, {**preloaded(settings.contexts), **own})
        services = Broker(store, contexts, now, new_id, settings.allow_private)
        broker = lasting(replace(services, most_instances=settings.history_page))
        world = World(with_files(reader.get), now, time.monotonic)
        harvester = await harvester_of(broker, world, _mappings(settings), Limits())
        context = await contexts.load(own_context_url(settings))
        holders = await stack.enter_async_context(open_holders(settings, store, context.expand))
        market = Market(
            store,
            now,
            new_uuid,
            settings.address,
            settings.allow_private,
            behaviours(),
            settle=holders.fold,
            safe=open_safe(settings),
            expand=context.expand,
            refusal_in=refusal_in,
        )
        await begin(market)
        monitor = await stack.enter_async_context(open_monitor(settings, market, client, context))
        peers = await stack.enter_async_context(open_peers(settings))
        ways = Ways(postman, abroad, peers)
        node = await _node(settings, broker, ways, harvester, context, holders, monitor)
        if settings.oidc_issuer:
            # its address is the operator's word, so it may be a private one
            identities = await stack.enter_async_context(Client(Policy(allow_private=True)))
            node.table.mount("", oidc.OIDC_ROUTES, _identities(settings, store, identities), plain_problem)
        yield node


@dataclass(frozen=True, slots=True)
class Ways:
    """The ways out: `postman` delivers events, `abroad` asks the services that are sold, `peers` reads what
    other nodes say."""

    postman: Client
    abroad: Client
    peers: Client


def _identities(settings: Settings, store: Store, client: Client) -> oidc.Room:
    """What a sign-in by the provider of the settings works with."""
    known = Registration(
        settings.oidc_issuer,
        settings.oidc_client_id,
        settings.oidc_secret,
        f"{settings.address}{oidc.RETURN}",
    )
    return oidc.Room(Provider(known, client), read_people(settings.oidc_people), store, now)


async def _node(
    settings: Settings,
    broker: Broker,
    ways: Ways,
    harvester: Harvester,
    context: Context,
    holders: ProductHolders,
    monitor: Monitor,
) -> Node:
    store, market = broker.store, monitor.market
    checker = Checker(
        store,
        partial(guarded_fetch, LOCAL if settings.allow_private else PUBLIC),
        now,
        new_id,
        settings.keep_checks,
    )
    deliver = HttpDelivery(ways.postman, now).deliver
    posts = [
        *Notifier(broker, deliver, holders).posts(),
        *Announcer(market, deliver).posts(),
        *Fulfilment(market).posts(),
        *Handover(market, ways.abroad).posts(),
    ]
    courier = Courier(store, posts, now, chance, tell=log_facts(LOG))
    ogc = _ogc(settings, broker, context)
    networking = open_network(settings, broker, context, checker, monitor, ways.abroad)
    following = following_of(settings, networking.network, ways.peers)
    table = await _table(settings, ogc, market, following, harvester, checker)
    mount_nodes(table, following)
    tokens = Tokens(store, settings.address, now, holders.grant)
    table.mount("", OAUTH_ROUTES, tokens, plain_problem)
    through = Through(ways.abroad)
    table.mount("", THROUGH_ROUTES, through, plain_problem)
    gate = Gate(Admission(tokens, holders, broker, ogc), holders, table, through)
    stopped = asyncio.Event()
    work: tuple[Work, ...] = (
        courier.run,
        partial(keep_harvesting, harvester, stopped, partial(_tenants, store)),
        partial(keep_checking, checker, stopped),
        partial(keep_removing_expired, broker, stopped),
        partial(keep_erasing, broker, stopped),
        partial(keep_metering, holders.fold, stopped),
        partial(keep_monitoring, monitor, stopped),
        partial(keep_ending_products, market, stopped),
        partial(keep_removing_listeners, broker, stopped),
        partial(keep_following, following, stopped),
        partial(keep_witnessing, following, stopped),
        partial(keep_tending, following, stopped),
        *(partial(keep, stopped) for keep in networking.work),
    )
    if settings.keep_history:
        days = settings.keep_history
        forget_provided = partial(keep_forgetting_provided, broker, days, stopped)
        work = (*work, partial(keep_forgetting, store, days, now, stopped), forget_provided)

    if settings.keep_journal:
        forget = partial(keep_forgetting_lines, store, holders.journal, settings.keep_journal, now, stopped)
        work = (*work, forget)

    def stop() -> None:
        stopped.set()
        courier.stop()

    network = networking.network
    return Node(settings, store, broker, harvester, checker, network, table, gate, work, stop)


async def _table(
    settings: Settings,
    ogc: Ogc,
    market: Market,
    following: Following,
    harvester: Harvester,
    checker: Checker,
) -> Table:
    broker, context = ogc.broker, ogc.context
    store = broker.store
    doors = Doors(
        start_check=partial(start_check, checker, ""),
        sign_in=partial(_enter, Door(store)),
        sign_out=lambda session: access.sign_out(store, session),
        provider=oidc.BEGIN if settings.oidc_issuer else "",
        forget=lambda name, party: forget_account(store, name, party, now()),
    )
    portal = open_portal(
        Rooms(broker, market, following.network, following, harvester),
        _portal_settings(settings),
        context,
        await _secret(store),
        doors,
    )
    room = sources.Room(
        store,
        harvester.world,
        harvester.catalogue,
        partial(harvest, harvester),
        lambda actor: SignedSources(store, actor, now, new_uuid, OVER_API),
    )
    table = Table()
    table.mount("", PORTAL_ROUTES, portal, problem_page(portal))
    table.mount("", DOCUMENT_ROUTES, own_documents(store), problem_page(portal))
    table.mount("", DESCRIPTION_ROUTES, Described(settings.city), problem_page(portal))
    table.mount("", DCAT_ROUTES, open_catalogue(settings, ogc, harvester), json_problem)
    table.mount("/ngsi-ld", (), broker, problem_response)  # what is not there is told in NGSI-LD too
    table.mount(NGSI_LD, ROUTES, broker, problem_response)
    table.mount("/ogc", OGC_ROUTES, ogc, json_problem)
    table.mount("/sources", sources.ROUTES, room, sources.render)
    table.mount(ROOT, TMF_ROUTES, market, tmf_problem)
    table.mount(INVENTORY, INVENTORY_ROWS, market, tmf_problem)
    table.mount("", OFFER_ROUTES, market, tmf_problem)
    table.mount("", INVOICE_ROUTES, market, tmf_problem)
    table.mount("", LEVEL_ROUTES, market, tmf_problem)
    table.mount("", RATING_ROUTES, market, tmf_problem)
    table.mount(NETWORK, NETWORK_ROUTES, following.network, json_problem)
    return table


async def _enter(door: Door, name: str, secret: str) -> str | None:
    """A session for a name and its password, or for a token without a name."""
    if name:
        return await door.enter(name, secret, now())
    return await access.sign_in(door.store, secret, now())


def _ogc(settings: Settings, broker: Broker, context: Context) -> Ogc:
    return Ogc(
        broker,
        context,
        title=settings.city,
        description=settings.description,
        languages=("fr", "en"),
        licence=licence_address(settings),
        publisher=settings.publisher,
        contact=settings.contact,
        whole=WHOLE_PATH,
    )


def _mappings(settings: Settings) -> Catalogue:
    return shipped() if settings.mappings is None else with_own(shipped(), settings.mappings)


def _portal_settings(settings: Settings) -> PortalSettings:
    return PortalSettings(
        city=settings.city,
        base_map=_base_map(settings.base_map),
        simulated=settings.simulated,
        sign_in=settings.needs_sign_in,
        publisher=settings.publisher,
        licence=licence_address(settings),
        contact=settings.contact,
    )


def _base_map(setting: str) -> BaseMap:
    if not setting:
        return Plain()
    if setting.startswith(("http://", "https://")):
        return Style(setting)
    if not Path(setting).is_file():
        raise Problem(BadRequestData, f"The base map '{setting}' is neither a file nor an HTTP URL.")
    return Tiles(Path(setting))


async def _tenants(store: Store) -> list[str]:
    return await store.tenants()


async def _secret(store: Store) -> bytes:
    """What signs the forms of the pages: made once for each database."""

    def decide(stored: Mapping[Key, Record]) -> Commit:
        if SECRET in stored:
            return Commit()
        return Commit((Change(SECRET, encode({"secret": secrets.token_hex(32)})),))

    await store.transact([SECRET], decide)
    found = await store.read([SECRET])
    return str(found[SECRET].body["secret"]).encode()
