"""Portal: what the pages are given to work with, and how a city sets them up."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path
from typing import Final, TypeAlias

from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.context.context import Context
from beffroi.market.operations.services import Market
from beffroi.network.operations.following import Following
from beffroi.network.operations.services import Network
from beffroi.portal.assets import Asset, load_assets
from beffroi.portal.feeds.watch import Pace, Watch
from beffroi.portal.reading.cache import Memory
from beffroi.portal.render import Templates, load_templates
from beffroi.portal.words.labels import load_labels
from beffroi.portal.words.language import Language, load_language
from beffroi.processes.harvest import Harvester
from beffroi.store.port import Store

LANGUAGES: Final = ("fr", "en")


@dataclass(frozen=True, slots=True)
class Plain:
    """No base map: the ground of the page with a graticule."""


@dataclass(frozen=True, slots=True)
class Tiles:
    """A PMTiles archive of the city on this machine, in the Protomaps or OpenMapTiles schema."""

    file: Path


@dataclass(frozen=True, slots=True)
class Style:
    """A MapLibre style at an address. The only setting that lets a visitor's browser ask elsewhere."""

    url: str


BaseMap: TypeAlias = Plain | Tiles | Style


@dataclass(frozen=True, slots=True)
class PortalSettings:
    """What a city says about itself. `simulated`: every page says that the data is made up."""

    city: str
    tenant: str = ""
    default_language: str = "fr"
    time_zone: str = "Europe/Paris"
    base_map: BaseMap = Plain()
    simulated: bool = False
    sign_in: bool = False
    contact: str = ""
    publisher: str = ""
    licence: str = ""


@dataclass(frozen=True, slots=True)
class Doors:
    """What pages may set in motion; what is None is not offered.

    `start_check` begins a check of an address and gives its id. `sign_in` turns a name and its
    password, or a token without a name, into a session (None: refused), `sign_out` ends a session.
    `provider` is the address at which a sign-in by a provider begins. `forget` removes the account of a name
    with its sessions, and the tokens that act for its party.
    """

    start_check: Callable[[str], Awaitable[str]] | None = None
    sign_in: Callable[[str, str], Awaitable[str | None]] | None = None
    sign_out: Callable[[str], Awaitable[None]] | None = None
    provider: str = ""
    forget: Callable[[str, str], Awaitable[None]] | None = None


@dataclass(frozen=True, slots=True)
class Rooms:
    """The rooms whose operations pages call; `nodes` has the ways to other nodes of the network, `harvester`
    those to the portals of cities."""

    broker: Broker
    market: Market
    network: Network
    nodes: Following | None = None
    harvester: Harvester | None = None


@dataclass(frozen=True, slots=True)
class Portal:
    """Everything that a page may use.

    `context` names types and attributes in addresses, downloads and examples. `secret` signs forms.
    """

    broker: Broker
    market: Market
    network: Network
    context: Context
    settings: PortalSettings
    languages: Mapping[str, Language]
    templates: Templates
    assets: Mapping[str, Asset]
    secret: bytes
    watch: Watch
    doors: Doors
    nodes: Following | None = None
    harvester: Harvester | None = None
    memory: Memory = field(default_factory=Memory)

    @property
    def tenant(self) -> str:
        return self.settings.tenant

    @property
    def store(self) -> Store:
        return self.broker.store


def open_portal(
    rooms: Rooms,
    settings: PortalSettings,
    context: Context,
    secret: bytes,
    doors: Doors | None = None,
    pace: Pace | None = None,
) -> Portal:
    """Put the portal together, with templates, words and assets that all portals of the process share."""
    languages, templates = _words(settings.time_zone)
    return Portal(
        broker=rooms.broker,
        market=rooms.market,
        network=rooms.network,
        context=context,
        settings=settings,
        languages=languages,
        templates=templates,
        assets=load_assets(),
        secret=secret,
        watch=Watch(rooms.broker.store, settings.tenant, pace or Pace()),
        doors=doors or Doors(),
        nodes=rooms.nodes,
        harvester=rooms.harvester,
    )


@cache
def _words(time_zone: str) -> tuple[Mapping[str, Language], Templates]:
    labels = load_labels()
    languages = {code: load_language(code, time_zone, labels) for code in LANGUAGES}
    return languages, load_templates(languages)
