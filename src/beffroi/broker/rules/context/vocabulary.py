"""The NGSI-LD core vocabulary as a table, from which the core @context is printed (Annex B, V1.9.1)."""

from beffroi.kernel.json import JsonObject

CORE_CONTEXT = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context-v1.9.jsonld"
CORE_CONTEXT_PREFIX = "https://uri.etsi.org/ngsi-ld/v1/ngsi-ld-core-context"
NGSI_LD = "https://uri.etsi.org/ngsi-ld/"
GEOJSON = "https://purl.org/geojson/vocab#"
DATA_INTEGRITY = "https://w3id.org/security/data-integrity/v2"

PLAIN = """
Attribute AttributeList ContextSourceIdentity ContextSourceNotification ContextSourceRegistration Date
DateTime EntityMap EntityType EntityTypeInfo EntityTypeList ExecutionResultDetails GeoProperty JsonProperty
LanguageProperty ListProperty ListRelationship Notification Property Relationship Snapshot
SnapshotNotification Subscription TemporalProperty Time VocabProperty accept aggrMethods aggrParams
aggrPeriodDuration attributeCount attributeDetails attrs cacheDuration collation contextSourceAlias
contextSourceInfo contextSourceUptime cooldown csf data detail endpoint entities entity entityCount error
errors expandValues format geoQ geoproperty georel idPattern information isActive join jsonKeys
jsonldContext lang lastN linkedMaps localOnly location management managementInterval mode
ngsildConformance notUpdated notification notificationTrigger notifierInfo
observationInterval observationSpace omit operationSpace operations ordering pick q reason receiverInfo
refreshRate registrationId registrationName resultStatus
scope scopeQ showChanges snapshotId snapshotLifetime snapshotPriority snapshotStatus status
subscriptionName sysAttrs temporalQ throttling timeInterval timeout timeproperty timerel timesFailed
timesSent triggerReason unchanged unitCode updated uri
""".split()
"""Terms that stand for `ngsi-ld:` and the same word."""

RENAMED = {
    "containedBy": "isContainedBy",
    "entityMapLifetime": "hasEntityMapLifetime",
    "joinLevel": "hasJoinLevel",
    "key": "hasKey",
    "previousValue": "hasPreviousValue",
    "splitEntities": "hasSplitEntities",
    "value": "hasValue",
}
"""Terms that stand for another word of the NGSI-LD vocabulary."""

TYPED: dict[str, str] = {
    "@id": "datasetId entityId instanceId object=hasObject previousObject=hasPreviousObject subscriptionId"
    " success tenant",
    "@vocab": "attributeList attributeName attributeNames attributeTypes attributes objectType=hasObjectType"
    " previousVocab=hasPreviousVocab propertyNames relationshipNames typeList typeName typeNames"
    " valueType=hasValueType vocab=hasVocab watchedAttributes",
    "@json": "contextSourceExtras json=hasJSON previousJson=hasPreviousJson problemDetails",
    "DateTime": "contextSourceTimeAt createdAt deletedAt endAt endTimeAt expiresAt lastFailure"
    " lastNotification lastSuccess lastUsedAt modifiedAt notifiedAt observedAt startAt timeAt",
}
"""Terms with a type coercion: `term` or `term=word of the vocabulary`, by the type."""

CONTAINED: dict[str, str] = {
    "@list": "avg distinctCount entityList jsons languageMaps=hasLanguageMaps max min"
    " objectList=hasObjectList objectLists=hasObjectLists objects=hasObjects orderBy"
    " previousObjectList=hasPreviousObjectList previousValueList=hasPreviousValueList snapshotQueries"
    " snapshotQueriesDetails snapshotTemporalQueries snapshotTemporalQueriesDetails stddev sum sumsq"
    " totalCount valueList=hasValueList valueLists=hasValueLists values=hasValues vocabs=hasVocabs",
    "@index": "dataset=hasDataset entityMap=hasEntityMap",
    "@language": "languageMap=hasLanguageMap previousLanguageMap=hasPreviousLanguageMap",
}
"""Terms with a container: `term` or `term=word of the vocabulary`, by the container."""

GEOJSON_TERMS = """
Feature FeatureCollection GeometryCollection LineString MultiLineString MultiPoint MultiPolygon Point
Polygon geometry properties
""".split()

FOREIGN: dict[str, str | JsonObject] = {
    "id": "@id",
    "type": "@type",
    "description": "http://purl.org/dc/terms/description",
    "title": "http://purl.org/dc/terms/title",
    "langString": "http://www.w3.org/1999/02/22-rdf-syntax-ns#langString",
    "bbox": {"@container": "@list", "@id": "geojson:bbox"},
    "coordinates": {"@container": "@list", "@id": "geojson:coordinates"},
    "features": {"@container": "@set", "@id": "geojson:features"},
}

NON_REIFIED = frozenset(
    """createdAt modifiedAt deletedAt observedAt datasetId instanceId unitCode lang objectType previousValue
    previousObject previousLanguageMap expiresAt entityId""".split()
)
"""Core terms that cannot be the name of an attribute (clause 4.5.1)."""


def core_terms() -> JsonObject:
    """Every term of the core context with its definition, without the terms that need remote contexts."""
    terms: JsonObject = {"@version": 1.1, "@protected": True, "ngsi-ld": NGSI_LD, "geojson": GEOJSON}
    terms.update(FOREIGN)
    terms.update({term: f"ngsi-ld:{term}" for term in PLAIN})
    terms.update({term: f"ngsi-ld:{word}" for term, word in RENAMED.items()})
    terms.update({term: f"geojson:{term}" for term in GEOJSON_TERMS})
    for coercion, names in TYPED.items():
        terms.update({t: {"@id": f"ngsi-ld:{w}", "@type": coercion} for t, w in _pairs(names)})
    for container, names in CONTAINED.items():
        terms.update({t: {"@id": f"ngsi-ld:{w}", "@container": container} for t, w in _pairs(names)})
    terms["@vocab"] = "https://uri.etsi.org/ngsi-ld/default-context/"
    return terms


def core_context() -> JsonObject:
    """The core @context document as this node serves it (Annex B)."""
    sealed: JsonObject = {
        "entityIdSealed": "ngsi-ld:entityIdSealed",
        "entityTypeSealed": {"@id": "ngsi-ld:entityTypeSealed", "@type": "@vocab"},
    }
    proof: JsonObject = {"@id": "ngsi-ld:ngsildproof", "@context": [sealed, DATA_INTEGRITY]}
    return {"@context": {**core_terms(), "ngsildproof": proof}}


def core_uri(term: str) -> str:
    """What a term of the core context that NGSI-LD gives a word to means.

    >>> core_uri("createdAt"), core_uri("value")
    ('https://uri.etsi.org/ngsi-ld/createdAt', 'https://uri.etsi.org/ngsi-ld/hasValue')
    """
    return NGSI_LD + _WORDS.get(term, term)


def is_core_context(url: str) -> bool:
    """True for the address of any version of the core context: this node has one, the newest."""
    return url.startswith(CORE_CONTEXT_PREFIX) and "non-existing" not in url


def _pairs(names: str) -> list[tuple[str, str]]:
    return [(term, word or term) for term, _, word in (name.partition("=") for name in names.split())]


_WORDS = {**RENAMED, **{t: w for names in (*TYPED.values(), *CONTAINED.values()) for t, w in _pairs(names)}}
