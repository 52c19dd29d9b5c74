"""What a route takes and gives, beyond what its row says: values beside the rows of a room."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Protocol, TypeAlias

from beffroi.kernel.json import JsonObject


class Row(Protocol):
    """What a description reads of a route, whatever room it belongs to."""

    @property
    def method(self) -> str: ...
    @property
    def path(self) -> str: ...
    @property
    def clause(self) -> str: ...
    @property
    def needs(self) -> str: ...
    @property
    def handler(self) -> object: ...


@dataclass(frozen=True, slots=True)
class Content:
    """A body: its media types, and its schema as OpenAPI 3.1 has it (JSON Schema 2020-12)."""

    media: tuple[str, ...]
    schema: JsonObject
    example: object = None


@dataclass(frozen=True, slots=True)
class Answer:
    """An answer that is no problem; `headers` are the names of what else it says."""

    status: int
    says: str
    content: Content | None = None
    headers: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Told:
    """One operation: a sentence, the names of its parameters (those of the path apart), its body, its
    answers. Problems are the same for a whole room. `bought` says that a token for a bought product is
    needed, whatever the row needs."""

    summary: str
    parameters: tuple[str, ...] = ()
    body: Content | None = None
    answers: tuple[Answer, ...] = ()
    body_required: bool = True
    bought: bool = False


Tell: TypeAlias = Callable[[Row], Told]


@dataclass(frozen=True, slots=True)
class Chapter:
    """The rows of one room and what is to be said of them.

    `parameters` are all that its operations name, as parameter objects without their name; `path` describes
    the arguments of paths; `schemas` are those that contents refer to; `problem` is what goes wrong.
    """

    name: str
    about: str
    prefix: str
    rows: Sequence[Row]
    tell: Tell
    problem: Content
    parameters: Mapping[str, JsonObject] = field(default_factory=dict[str, JsonObject])
    path: Mapping[str, JsonObject] = field(default_factory=dict[str, JsonObject])
    schemas: Mapping[str, JsonObject] = field(default_factory=dict[str, JsonObject])


def ref(schema: str) -> JsonObject:
    """A reference to a schema of a chapter."""
    return {"$ref": f"#/components/schemas/{schema}"}


def query(schema: JsonObject, description: str, example: object = None) -> JsonObject:
    """A parameter of the query string."""
    parameter: JsonObject = {"in": "query", "required": False, "description": description, "schema": schema}
    return {**parameter, "example": example} if example is not None else parameter  # type: ignore[dict-item]


def header(schema: JsonObject, description: str) -> JsonObject:
    """A header of a request."""
    return {"in": "header", "required": False, "description": description, "schema": schema}


def sentence_of(row: Row) -> str:
    """The first sentence of a handler's docstring, or else its name in words."""
    handler = getattr(row.handler, "func", row.handler)
    said = (getattr(handler, "__doc__", None) or "").strip().split("\n\n")[0].replace("\n", " ")
    return " ".join(said.split()) or str(getattr(handler, "__name__", "")).replace("_", " ").capitalize()
