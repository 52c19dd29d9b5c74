"""Settings: read once by the command line and passed down."""

from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from urllib.parse import urlsplit

from beffroi.kernel.loopback import is_loopback


@dataclass(frozen=True, slots=True)
class Settings:
    """How one node runs. Whoever listens elsewhere than on loopback signs in and calls no private address.

    `contexts` is a JSON file that maps URLs to files beside it, `mappings` a folder of the city's own
    mappings; `base` is the node's public address; `None` for the two switches means: as the listening
    address makes it safe. `publisher` is who publishes the data, `licence` the SPDX identifier of its
    licence, `contact` the e-mail or web address of who answers for it. `simulated` says on every page that
    the data is made up. `header_seconds` and `body_seconds` bound how long the head and the body of a
    request may take to come in. `keep_checks` is how many checks of one address are kept, `keep_history`
    for how many days the history is (0: for good), and `history_page` how many instances of an entity one
    answer about its past has. `journal` is the folder of the gate's journal, None for
    the one of `journal_folder`; what was folded into usage rows is kept in it for `keep_journal` days (0: for
    good).
    `oidc_issuer` is a provider by which people sign in to the portal; the node is known to it as
    `oidc_client_id` with `oidc_secret`, and `oidc_people` is a table of who may what.
    `monitor_seconds` lie between two probes of an offering that promises a service level, `follow_seconds`
    between two looks at the feed of a node that is followed, `look_seconds` between two looks at a deployment
    that a solution claims.
    """

    data: str = "memory:"
    host: str = "127.0.0.1"
    port: int = 1026
    base: str = ""
    contexts: Path | None = None
    mappings: Path | None = None
    city: str = "Beffroi"
    description: str = ""
    publisher: str = ""
    licence: str = ""
    contact: str = ""
    private_endpoints: bool | None = None
    open_access: bool | None = None
    base_map: str = ""
    simulated: bool = False
    header_seconds: float = 15.0
    body_seconds: float = 30.0
    keep_checks: int = 20
    keep_history: int = 730
    history_page: int = 1_000
    journal: Path | None = None
    monitor_seconds: float = 60.0
    follow_seconds: float = 30.0
    look_seconds: float = 3_600.0
    keep_journal: int = 730
    oidc_issuer: str = ""
    oidc_client_id: str = ""
    oidc_secret: str = field(default="", repr=False)
    oidc_people: Path | None = None

    @property
    def on_loopback(self) -> bool:
        """True if only this machine can reach the node; a public address means a proxy before it."""
        return is_local(self.host, self.base)

    @property
    def address(self) -> str:
        """The node's address: the public one, or else where it listens."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return self.base or f"http://{host}:{self.port}"

    @property
    def allow_private(self) -> bool:
        """True if the node may call private and loopback addresses on a client's word."""
        return self.on_loopback if self.private_endpoints is None else self.private_endpoints

    @property
    def journal_folder(self) -> Path | None:
        """Where the gate's journal and the sealing key are: by default `journal` beside the database, with
        PostgreSQL in the working directory; None if all goes with the data in memory.

        >>> Settings(data="sqlite:/srv/city/beffroi.db").journal_folder
        PosixPath('/srv/city/journal')
        """
        scheme, _, database = self.data.partition(":")
        if self.journal is not None or scheme == "memory":
            return self.journal
        return Path(database).parent / "journal" if scheme == "sqlite" else Path("journal")

    @property
    def needs_sign_in(self) -> bool:
        """True if requests need a token."""
        return not (self.on_loopback if self.open_access is None else self.open_access)


@lru_cache(maxsize=64)
def is_local(host: str, base: str) -> bool:
    """True if only this machine reaches a node that listens there, known to the public as `base`."""
    public = urlsplit(base).hostname if base else None
    return is_loopback(host) and (public is None or is_loopback(public))
