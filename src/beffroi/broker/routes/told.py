"""What the operations of NGSI-LD take and give, for the description of the node (OpenAPI)."""

from dataclasses import replace
from typing import Final

from beffroi.broker.routes import ROUTES
from beffroi.broker.routes.shapes import PARAMETERS, SCHEMAS, TEXT, URI
from beffroi.broker.wire import parameters as wire
from beffroi.broker.wire import temporal
from beffroi.broker.wire.answers import ROOT
from beffroi.broker.wire.headers import JSON, LD_JSON, MERGE_PATCH
from beffroi.kernel.json import JsonObject
from beffroi.web.description import Answer, Chapter, Content, Row, Told, ref

_EXAMPLE: Final[JsonObject] = {
    "id": "urn:ngsi-ld:Room:1",
    "type": "Room",
    "temperature": {"type": "Property", "value": 21.5, "unitCode": "CEL"},
}
_SENT: Final = (JSON, LD_JSON)
_PATCHED: Final = (JSON, LD_JSON, MERGE_PATCH)
_READ: Final = (JSON, LD_JSON)
_SHARED: Final = ("NGSILD-Tenant", "Link")
_PAGE_HEADERS: Final = ("Link", "NGSILD-Results-Count")

_LIST_OF_ENTITIES: Final = Content((JSON, LD_JSON), {"type": "array", "items": ref("Entity")}, [_EXAMPLE])
_BATCH: Final = Content(_SENT, {"type": "array", "items": ref("NewEntity"), "minItems": 1}, [_EXAMPLE])
_FRAGMENT: Final = Content(_PATCHED, ref("EntityFragment"), {"temperature": 22.0})
_ONE_ATTRIBUTE: Final = Content(_PATCHED, ref("Attribute"), {"type": "Property", "value": 22.0})
_NEW_SUBSCRIPTION: Final = Content(
    _SENT,
    ref("NewSubscription"),
    {
        "type": "Subscription",
        "entities": [{"type": "Room"}],
        "notification": {"endpoint": {"uri": "https://listener.example/notify"}},
    },
)

_DONE: Final = Answer(204, "Done; there is nothing to say.")
_CREATED: Final = Answer(201, "Created; Location says where.", headers=("Location",))
_UPDATED: Final = Answer(207, "Some parts were not updated.", Content((JSON,), ref("UpdateResult")))
_BATCHED: Final = (
    Answer(201, "All were created.", Content((JSON,), {"type": "array", "items": URI})),
    Answer(204, "All is done."),
    Answer(207, "Some elements were refused.", Content((JSON,), ref("BatchResult"))),
)
_ENTITIES: Final = (Answer(200, "The entities.", _LIST_OF_ENTITIES, _PAGE_HEADERS),)
_PAST: Final[JsonObject] = {
    "id": "urn:ngsi-ld:Room:1",
    "type": "Room",
    "temperature": [{"type": "Property", "value": 21.5, "observedAt": "2026-03-01T10:00:00Z"}],
}
_PAGE_OF_PASTS: Final = Content(_READ, {"type": "array", "items": ref("EntityTemporal")}, [_PAST])
_EVOLUTIONS: Final = (
    Answer(200, "The past of the entities.", _PAGE_OF_PASTS, _PAGE_HEADERS),
    Answer(206, "A part of it; Content-Range says which.", _PAGE_OF_PASTS, _PAGE_HEADERS),
)
_DISCOVERED: Final = (Answer(200, "What there is.", Content(_READ, ref("Discovered")), _PAGE_HEADERS),)


_PROVIDED: Final = Content(_SENT, ref("EntityTemporal"), _PAST)
_ONE_INSTANCE: Final = Content(
    _PATCHED, ref("Attribute"), {"type": "Property", "value": 21.4, "observedAt": "2026-03-01T10:00:00Z"}
)

_WITHOUT_BODY: Final = (
    Answer(411, "The request has no Content-Length."),
    Answer(415, "The Content-Type is not supported."),
)
"""Clause 6.3.4: these answers are a status alone."""


def _known(names: frozenset[str]) -> tuple[str, ...]:
    return (*sorted(names & PARAMETERS.keys()), *_SHARED)


_QUERY: Final = _known(wire.QUERY)
_RETRIEVE: Final = _known(wire.RETRIEVE)
_TARGETED: Final = _known(frozenset({"type"}))
_DISCOVERY: Final = _known(frozenset({"details", "limit", "offset", "count"}))

OPERATIONS: Final[dict[str, Told]] = {
    "create_entity": Told(
        "Create an entity",
        _known(frozenset({"format"})),
        Content(_SENT, ref("NewEntity"), _EXAMPLE),
        (_CREATED,),
    ),
    "query_entities": Told("Query entities", _QUERY, None, _ENTITIES),
    "retrieve_entity": Told(
        "Retrieve an entity",
        _RETRIEVE,
        None,
        (Answer(200, "The entity.", Content((JSON, LD_JSON), {"type": ["object", "array"]}, _EXAMPLE)),),
    ),
    "replace_entity": Told("Replace an entity", _TARGETED, Content(_SENT, ref("Entity"), _EXAMPLE), (_DONE,)),
    "merge_entity": Told(
        "Merge a fragment into an entity",
        _known(frozenset({"type", "format", "observedAt", "lang"})),
        _FRAGMENT,
        (_DONE,),
    ),
    "delete_entity": Told("Delete an entity", _TARGETED, None, (_DONE,)),
    "append_attributes": Told(
        "Append attributes",
        _known(frozenset({"type", "options"})),
        Content(_SENT, ref("EntityFragment")),
        (_DONE, _UPDATED),
    ),
    "update_attributes": Told("Update attributes", _TARGETED, _FRAGMENT, (_DONE, _UPDATED)),
    "partial_update": Told("Update an attribute in part", _TARGETED, _ONE_ATTRIBUTE, (_DONE,)),
    "replace_attribute": Told("Replace an attribute", _TARGETED, Content(_SENT, ref("Attribute")), (_DONE,)),
    "delete_attribute": Told(
        "Delete an attribute", _known(frozenset({"type", "datasetId", "deleteAll"})), None, (_DONE,)
    ),
    "batch_create": Told("Create entities", _SHARED, _BATCH, _BATCHED),
    "batch_upsert": Told("Create or update entities", _known(frozenset({"options"})), _BATCH, _BATCHED),
    "batch_update": Told("Update entities", _known(frozenset({"options"})), _BATCH, _BATCHED),
    "batch_merge": Told("Merge entities", _SHARED, _BATCH, _BATCHED),
    "batch_delete": Told(
        "Delete entities",
        _SHARED,
        Content(_SENT, {"type": "array", "items": URI, "minItems": 1}, ["urn:ngsi-ld:Room:1"]),
        _BATCHED,
    ),
    "batch_query": Told(
        "Query entities by a body",
        _known(wire.PAGE | {"options", "format", "local", "geometryProperty"}),
        Content(_SENT, ref("Query"), {"type": "Query", "entities": [{"type": "Room"}]}),
        _ENTITIES,
    ),
    "entity_types": Told("List entity types", _DISCOVERY, None, _DISCOVERED),
    "entity_type": Told("Retrieve an entity type", _SHARED, None, _DISCOVERED),
    "attributes": Told("List attributes", _DISCOVERY, None, _DISCOVERED),
    "attribute": Told("Retrieve an attribute", _SHARED, None, _DISCOVERED),
    "create_subscription": Told("Create a subscription", _SHARED, _NEW_SUBSCRIPTION, (_CREATED,)),
    "query_subscriptions": Told(
        "List subscriptions",
        _known(wire.PAGE | {"options"}),
        None,
        (Answer(200, "The subscriptions.", Content(_READ, {"type": "array", "items": ref("Subscription")})),),
    ),
    "retrieve_subscription": Told(
        "Retrieve a subscription",
        _known(frozenset({"options"})),
        None,
        (Answer(200, "The subscription.", Content(_READ, ref("Subscription"))),),
    ),
    "update_subscription": Told(
        "Update a subscription",
        _SHARED,
        Content(_PATCHED, ref("Subscription"), {"isActive": False}),
        (_DONE,),
    ),
    "delete_subscription": Told("Delete a subscription", _SHARED, None, (_DONE,)),
    "query_evolutions": Told("Query the past of entities", _known(temporal.QUERY), None, _EVOLUTIONS),
    "retrieve_evolution": Told(
        "Retrieve the past of an entity",
        _known(temporal.RETRIEVE),
        None,
        (
            Answer(200, "The past of the entity.", Content(_READ, ref("EntityTemporal"), _PAST)),
            Answer(206, "A part of it; Content-Range says which.", Content(_READ, ref("EntityTemporal"))),
        ),
    ),
    "query_evolutions_by_body": Told(
        "Query the past of entities by a body",
        _known(temporal.QUERY_BY_BODY),
        Content(
            _SENT,
            ref("Query"),
            {
                "type": "Query",
                "entities": [{"type": "Room"}],
                "temporalQ": {"timerel": "after", "timeAt": "2026-03-01T00:00:00Z"},
            },
        ),
        _EVOLUTIONS,
    ),
    "create_or_update_evolution": Told(
        "Provide the past of an entity",
        _SHARED,
        _PROVIDED,
        (_CREATED, Answer(204, "Added to the past that there was.")),
    ),
    "add_attributes_to_evolution": Told("Add to the past of an entity", _SHARED, _PROVIDED, (_DONE,)),
    "delete_attribute_from_evolution": Told(
        "Delete the past of an attribute", _known(frozenset({"datasetId", "deleteAll"})), None, (_DONE,)
    ),
    "modify_attribute_instance": Told("Correct an instance of the past", _SHARED, _ONE_INSTANCE, (_DONE,)),
    "delete_attribute_instance": Told("Delete an instance of the past", _SHARED, None, (_DONE,)),
    "delete_evolution": Told("Delete the past of an entity", _SHARED, None, (_DONE,)),
}
"""By the name of the handler; what is not here is told by its name alone."""


def _tell(row: Row) -> Told:
    name = str(getattr(row.handler, "__name__", ""))
    told = OPERATIONS.get(name) or Told(name.replace("_", " ").capitalize(), _SHARED)
    return replace(told, answers=(*told.answers, *_WITHOUT_BODY)) if told.body else told


CHAPTER: Final = Chapter(
    name="NGSI-LD",
    about="Entities, their attributes and subscriptions (ETSI GS CIM 009 V1.9.1).",
    prefix=ROOT,
    rows=ROUTES,
    tell=_tell,
    problem=Content((JSON,), ref("NgsiLdProblem")),
    parameters=PARAMETERS,
    path={
        "id": {
            "schema": URI,
            "example": "urn:ngsi-ld:Room:1",
            "description": "The id.",
        },
        "attribute": {"schema": TEXT, "example": "temperature", "description": "The attribute's name."},
        "instance": {
            "schema": URI,
            "example": "urn:ngsi-ld:Instance:20260301T100000000000Z-4dad281e35e8c6d69c5c94b0e3a7a41e",
            "description": "The instanceId.",
        },
        "type": {"schema": TEXT, "example": "Room", "description": "The entity type's name."},
    },
    schemas=SCHEMAS,
)
