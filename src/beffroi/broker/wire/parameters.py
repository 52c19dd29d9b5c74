"""Read query parameters into a query, a page and a view (clauses 6.3.7, 6.3.10 to 6.3.16, 6.4.3.2)."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.expand import expand_attribute_name
from beffroi.broker.rules.geo.geo import parse_geo
from beffroi.broker.rules.names import bad, check_uri
from beffroi.broker.rules.query.collation import parse_collation
from beffroi.broker.rules.query.ordering import Ordering, parse_ordering, parse_origin
from beffroi.broker.rules.query.q import attributes_of, link_depth_of, parse_q
from beffroi.broker.rules.query.query import (
    UNRESTRICTED,
    EntityQuery,
    GeoQuery,
    Join,
    Page,
    Projection,
    Selection,
    View,
)
from beffroi.broker.rules.query.scope import parse_scope_query
from beffroi.broker.rules.query.selection import parse_types
from beffroi.broker.rules.representation.language import check_language_filter
from beffroi.broker.rules.representation.linked import DEEPEST_JOIN
from beffroi.broker.rules.representation.projection import ENTITY_MEMBERS, parse_projection, projection_depth
from beffroi.broker.wire.headers import GEO_JSON
from beffroi.kernel.pattern import compile_pattern
from beffroi.kernel.problem import (
    BadRequestData,
    InvalidRequest,
    OperationNotSupported,
    Problem,
    TooComplexQuery,
)

MOST_PER_PAGE = 1_000
MOST_IDS = 1_000
_FORMS = {
    "normalized": "normalized",
    "concise": "concise",
    "simplified": "simplified",
    "keyValues": "simplified",
}

_VIEW_WORDS = frozenset({*_FORMS, "sysAttrs"})
SELECTION = frozenset("id idPattern type attrs q scopeQ georel geometry coordinates geoproperty csf".split())
VIEW = frozenset("attrs pick omit lang datasetId format options geometryProperty".split())
PAGE = frozenset("limit offset count".split())
LINKED = frozenset("join joinLevel containedBy".split())
ORDER = frozenset("orderBy collation orderFrom orderGeometry".split())
VALUES = frozenset("expandValues jsonKeys".split())
COMMON = frozenset({"local"})
QUERY = SELECTION | VIEW | PAGE | LINKED | ORDER | VALUES | COMMON
RETRIEVE = VIEW | LINKED | COMMON | {"type"}


def check_parameters(parameters: Mapping[str, str], known: frozenset[str]) -> None:
    """Refuse parameters that the operation does not have (InvalidRequest) and values of `local`."""
    if not parameters:
        return
    for name in parameters:
        if name not in known and name not in COMMON:
            raise Problem(InvalidRequest, f"The parameter '{name[:100]}' is not supported here.")
    flag(parameters, "local")


def flag(parameters: Mapping[str, str], name: str) -> bool:
    """A parameter that is true or false; false when it is absent."""
    value = parameters.get(name, "false")
    if value not in {"true", "false"}:
        raise Problem(BadRequestData, f"The parameter '{name}' is '{value[:50]}' and not true or false.")
    return value == "true"


def check_options(parameters: Mapping[str, str], known: frozenset[str]) -> frozenset[str]:
    """The words of `options` and `format`, each of which must be known (InvalidRequest)."""
    words = [w for name in ("options", "format") for w in names(parameters.get(name))]
    for word in words:
        if word not in known:
            raise Problem(InvalidRequest, f"The option '{word[:100]}' is not supported here.")
    return frozenset(words)


def reads_simplified(parameters: Mapping[str, str]) -> bool:
    """True if the body is in simplified representation; the other two tell themselves apart.

    The standard has the parameter for Merge Entity (6.5.3.4); we take it for Create Entity as well.
    """
    words = check_options(parameters, frozenset(_FORMS))
    return bool(words & {"simplified", "keyValues"})


def names(text: str | None) -> list[str]:
    """A comma-separated list."""
    return [part.strip() for part in text.split(",")] if text else []


def read_query(parameters: Mapping[str, str], context: Context) -> EntityQuery:
    """Which entities (clause 5.7.2). Raises Problem(BadRequestData) if the question is too wide."""
    types = parameters.get("type")
    query = EntityQuery(
        ids=tuple(check_uri(uri, "The entity id") for uri in _ids(parameters)),
        id_pattern=_pattern(parameters),
        types=_types(types, context),
        attrs=tuple(expand_attribute_name(name, context) for name in names(parameters.get("attrs"))),
        q=parse_q(
            parameters["q"],
            context,
            expand_values=_expanded(parameters, "expandValues", context),
            json_keys=_expanded(parameters, "jsonKeys", context),
        )
        if "q" in parameters
        else None,
        geo=read_geo(parameters, context),
        scope=parse_scope_query(parameters["scopeQ"]) if "scopeQ" in parameters else None,
    )
    local = flag(parameters, "local") or types == "*"
    if types == "*" and parameters.get("local") == "false":
        bad("The type '*' is for local queries only.")
    narrowed_by_q = query.q is not None and bool(attributes_of(query.q))
    if not local and not (query.types or query.attrs or narrowed_by_q or query.geo):
        bad("The query is too wide: it needs a type, attrs, q or a geo-query, or local=true.")
    return query


def picking(query: EntityQuery, view: View) -> EntityQuery:
    """The query for a view that picks attributes only: entities that have none of them are not answered."""
    if view.pick is None or query.attrs:
        return query
    picked = tuple(name for name, _ in view.pick.members)
    return query if ENTITY_MEMBERS & set(picked) else replace(query, attrs=picked)


def read_types(parameters: Mapping[str, str], context: Context) -> Selection | None:
    """The `type` parameter of an operation on one entity."""
    return _types(parameters.get("type"), context)


def read_geo(parameters: Mapping[str, str], context: Context) -> GeoQuery | None:
    """The geo-query (clause 4.10): all of its parameters or none."""
    given = {"georel", "geometry", "coordinates"} & parameters.keys()
    if not given:
        return None
    missing = {"georel", "geometry", "coordinates"} - given
    if missing:
        bad(f"The geo-query has no {' and no '.join(sorted(missing))}.")
    return parse_geo(
        parameters["georel"],
        parameters["geometry"],
        parameters["coordinates"],
        parameters.get("geoproperty", ""),
        context,
    )


def read_page(parameters: Mapping[str, str]) -> Page:
    """Limit, offset and count (clauses 6.3.10, 6.3.13). More than MOST_PER_PAGE is cut to that."""
    count = flag(parameters, "count")
    limit = whole_number(parameters, "limit", 20)
    if limit == 0 and not count:
        bad("The limit 0 needs count=true.")
    return Page(min(limit, MOST_PER_PAGE), whole_number(parameters, "offset", 0), count)


def whole_number(parameters: Mapping[str, str], name: str, otherwise: int) -> int:
    """A parameter that is a number from 0 on."""
    text = parameters.get(name)
    if text is None:
        return otherwise
    if not (text.isascii() and text.isdigit()) or len(text) > 15:
        bad(f"The parameter '{name}' is '{text[:50]}' and not a whole number from 0 on.")
    return int(text)


def read_view(parameters: Mapping[str, str], context: Context) -> View:
    """How entities are shown. `attrs`, `pick` and `omit` say which members."""
    if not parameters:
        return UNRESTRICTED
    words = check_options(parameters, _VIEW_WORDS)
    named = [*names(parameters.get("format")), *names(parameters.get("options"))]
    form = next((_FORMS[word] for word in named if word in _FORMS), "normalized")
    attrs = tuple(expand_attribute_name(name, context) for name in names(parameters.get("attrs")))
    pick, omit = _projection(parameters, "pick", context), _projection(parameters, "omit", context)
    if "attrs" in parameters and (pick or omit):
        bad("The parameter attrs cannot be used together with pick or omit.")
    if "attrs" in parameters and not all(names(parameters["attrs"])):
        bad("The parameter attrs has an empty name.")
    if pick and omit and {n for n, _ in pick.members} & {n for n, inner in omit.members if inner is None}:
        bad("The parameters pick and omit name the same member.")
    geometry = parameters.get("geometryProperty", "")
    lang = parameters.get("lang", "")
    if lang:
        check_language_filter(lang)
    return View(
        form=form,  # type: ignore[arg-type]
        sys_attrs="sysAttrs" in words,
        lang=lang,
        attrs=attrs,
        pick=pick,
        omit=omit,
        dataset_ids=tuple(_dataset(d) for d in names(parameters.get("datasetId"))),
        geometry_property=context.expand(geometry) if geometry else "",
        join=read_join(parameters),
    )


def read_join(parameters: Mapping[str, str]) -> Join | None:
    """Linked entity retrieval (clause 4.5.23); its other parameters count only with `join`."""
    shape = parameters.get("join", "@none")
    if shape not in {"inline", "flat", "@none"}:
        bad(f"The join '{shape[:50]}' is none of inline, flat and @none.")
    level = whole_number(parameters, "joinLevel", 1)
    contained_by = frozenset(
        check_uri(u, "The id in containedBy") for u in names(parameters.get("containedBy"))
    )
    if not level:
        bad("The joinLevel is 0 and not a number from 1 on.")
    if shape == "@none":
        return None
    if level > DEEPEST_JOIN:
        raise Problem(
            TooComplexQuery, f"The joinLevel is {level}; at most {DEEPEST_JOIN} links are followed."
        )
    return Join("inline" if shape == "inline" else "flat", level, contained_by)


def read_ordering(parameters: Mapping[str, str], context: Context) -> Ordering | None:
    """What the answer is ordered by (clause 4.23); the other parameters are checked without orderBy too.

    This node has no registered context sources for entities, so that every query is of local scope, unless
    it says that it shall not be (5.7.2.4).
    """
    collation, geometry = parameters.get("collation", ""), parameters.get("orderGeometry", "")
    if collation:
        parse_collation(collation)
    origin = parse_origin(parameters["orderFrom"], geometry) if "orderFrom" in parameters else None
    if "orderBy" not in parameters:
        return None
    if parameters.get("local") == "false":
        bad("The parameter orderBy is for local queries only.")
    lang = parameters.get("lang", "")
    return parse_ordering(parameters["orderBy"], context, collation=collation, origin=origin, lang=lang)


def check_geometry_property(view: View, media: str) -> None:
    """Clauses 5.7.1.4, 5.7.2.4: geometryProperty is for GeoJSON."""
    if view.geometry_property and media != GEO_JSON:
        bad(f"The parameter geometryProperty is for {GEO_JSON}, and the answer is {media}.")


def is_written_alone(view: View, media: str) -> bool:
    """Whether each entity of an answer is a text of its own, whatever the others are."""
    return view.join is None and media != GEO_JSON


def check_depth(view: View, queries: Iterable[EntityQuery] = ()) -> None:
    """Refuse a projection or a query that goes further than the links that join follows (5.7.2.4)."""
    level = view.join.level if view.join else 0
    for name, projection in (("pick", view.pick), ("omit", view.omit)):
        if projection and projection_depth(projection) > level:
            bad(f"The parameter {name} goes beyond {level} links, which is what join and joinLevel ask for.")
    for query in queries:
        if query.q and link_depth_of(query.q) > level:
            bad(f"The query q goes beyond {level} links, which is what join and joinLevel ask for.")


def _ids(parameters: Mapping[str, str]) -> list[str]:
    ids = names(parameters.get("id"))
    if len(ids) > MOST_IDS:
        raise Problem(TooComplexQuery, f"The query names {len(ids)} ids; at most {MOST_IDS} are taken.")
    return ids


def _dataset(text: str) -> str:
    return text if text == "@none" else check_uri(text, "The datasetId")


def _pattern(parameters: Mapping[str, str]) -> str:
    pattern = parameters.get("idPattern", "")
    if pattern:
        compile_pattern(pattern)
    return pattern


def _types(text: str | None, context: Context) -> Selection | None:
    if text is None or text == "*":
        return None
    return parse_types(text, context)


def _expanded(parameters: Mapping[str, str], name: str, context: Context) -> tuple[str, ...]:
    return tuple(context.expand(word) for word in names(parameters.get(name)))


def _projection(parameters: Mapping[str, str], name: str, context: Context) -> Projection | None:
    if name not in parameters:
        return None
    if not parameters[name]:
        bad(f"The parameter {name} is empty.")
    return parse_projection(parameters[name], context)


def refuse_what_is_missing(parameters: Mapping[str, str]) -> None:
    """Say clearly which parts of the standard this node does not have (OperationNotSupported)."""
    if "csf" in parameters:
        parse_q(parameters["csf"], Context("", {}, {}))
        raise Problem(OperationNotSupported, "A context source filter (csf) is not supported yet.")
