"""Kind: one kind of document of the network as a row of data, not as a class."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final

from beffroi.kernel.json import Json, JsonObject
from beffroi.kernel.problem import Problem
from beffroi.kernel.record import Key
from beffroi.network.rules.schema import Schema
from beffroi.store.port import Facet, Indexer

TENANT: Final = ""
ROOT: Final = "/network/v1"
VERSION_KIND: Final = "net:version"


def _anything(_: JsonObject) -> None:
    """Nothing beyond the schema."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What the network has to know of a kind of document.

    `name` is its word (`need`), `path` the segment of its addresses (`needs`), `about` a sentence for the
    description of the API. `schema` is that of its content; `check` refuses what a schema cannot say,
    `complete` what may be missing in a draft only.
    A `public` kind goes to the node's feed once a document is published. `writes` is the right that a change
    needs. Of a kind that is not `plain` only its own operations make and change documents. `facets` are
    dotted paths to texts by which documents are looked up.
    """

    name: str
    path: str
    about: str
    schema: Schema
    check: Callable[[JsonObject], None] = _anything
    public: bool = True
    writes: str = "steer"
    plain: bool = True
    facets: tuple[str, ...] = ()
    complete: Callable[[JsonObject], None] = _anything

    @property
    def record_kind(self) -> str:
        """The kind of its records in the store."""
        return f"net:{self.name}"

    def key(self, id: str) -> Key:
        """The key of one document, by its whole id."""
        return Key(TENANT, self.record_kind, id)

    def id_of(self, origin: str, name: str) -> str:
        """The id of a document of a node: a DID URL below the node's own (DID Core, section 3.2).

        >>> from beffroi.network.rules.schema import object_of
        >>> Kind("need", "needs", "", Schema(object_of())).id_of("did:web:a.example", "7")
        'did:web:a.example/needs/7'
        """
        return f"{origin}/{self.path}/{name}"

    def valid(self, content: JsonObject) -> JsonObject:
        """The content. Raises Problem(BadRequestData) if it is not right."""
        self.schema.check(content, self.name)
        self.check(content)
        return content

    def public_content(self, content: JsonObject) -> JsonObject:
        """The content of a published document. Raises Problem(BadRequestData) if it is not right."""
        self.complete(self.valid(content))
        return content

    def holds(self, document: JsonObject) -> bool:
        """Whether a document of another node has a content that this node can read: it may be of a newer
        version, or wrong."""
        content = document.get("content")
        try:
            return isinstance(content, dict) and bool(
                self.public_content(content) if "published" in document else self.valid(content)
            )
        except Problem:
            return False

    def indexer(self) -> Indexer:
        """How a store indexes its documents: by origin, state and `facets`."""
        return Indexer(_facets, lambda _: (), frozenset({"origin", "state", *self.facets}))


def version_key(id: str, version: int) -> Key:
    """The key of what a document was in one of its versions."""
    return Key(TENANT, VERSION_KIND, f"{id}#{version}")


def _facets(body: JsonObject, paths: frozenset[str]) -> Iterator[Facet]:
    for path in paths:
        for text in _texts(body, path.split(".")):
            yield Facet(path, "text", text)


def _texts(value: Json, path: list[str]) -> Iterator[str]:
    if isinstance(value, list):
        for each in value:
            yield from _texts(each, path)
    elif not path:
        if isinstance(value, str):
            yield value
    elif isinstance(value, dict):
        yield from _texts(value.get(path[0]), path[1:])
