"""Solutions: what they need, where they are seen to run, what replications came to; and will it run here?"""

from collections.abc import Mapping
from functools import partial
from typing import Final, cast

from beffroi.kernel.json import JsonObject, decode, encode, objects_in
from beffroi.kernel.problem import BadRequestData, Problem
from beffroi.network.operations.documents import Sought, create, newest_documents
from beffroi.network.operations.solutions import ask_fit, manifest_in, read_deployments, seen_solution
from beffroi.network.rules.document import content_of
from beffroi.network.rules.solutions.documents import MAPPING, REPLICATION, SOLUTION
from beffroi.network.rules.solutions.facts import CELLS_A_SIDE
from beffroi.network.rules.solutions.fit import span
from beffroi.network.rules.solutions.names import local
from beffroi.network.rules.solutions.reasons import MARKS, label
from beffroi.portal.pages.network.places import may, places
from beffroi.portal.reading.network.origins import origins, own_did, short_id
from beffroi.portal.reading.network.points import Placed, picker, points_map
from beffroi.portal.render import segment
from beffroi.portal.visit import Page, Visit, see_other
from beffroi.portal.words.solutions import kind_name
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

LONGEST: Final = 200_000
SHOWN: Final = 5
_HERE: Final = "network/solutions"


async def solutions(visit: Visit, _: Arguments) -> Response:
    """Every solution that this node knows, and every replication."""
    return await _list(visit)


async def write(visit: Visit, _: Arguments) -> Response:
    """Publish a solution: its manifest, and one place where it runs."""
    fields = visit.form()
    try:
        content: JsonObject = {"manifest": _object(fields.get("manifest", ""), "manifest")}
        if fields.get("endpoint", "").strip():
            deployment: JsonObject = {"city": fields.get("city", ""), "endpoint": fields["endpoint"].strip()}
            deployment |= {"shows": fields["shows"].strip()} if fields.get("shows", "").strip() else {}
            content["deployments"] = [deployment]
        made = await create(visit.portal.network, SOLUTION, content, visit.actor, publish=True)
    except Problem as problem:
        return await _list(visit, said=fields, mistake=problem.detail)
    return see_other(f"{visit.home()}{_HERE}/{segment(short_id(str(made['id']), await own_did(visit)))}")


async def one(visit: Visit, path: Arguments) -> Response:
    """One solution: needs, deployments, mappings, replications."""
    return await show_solution(visit, path["id"])


async def fit(visit: Visit, path: Arguments) -> Response:
    """Will it run here? Measure and show; try a changed mapping; or confirm it."""
    fields, network = visit.form(), visit.portal.network
    node = fields.get("node", "").strip()
    try:
        mapping = _object(fields["mapping"], "mapping") if fields.get("mapping", "").strip() else None
        if fields.get("do") == "confirm" and mapping is not None:
            document = await seen_solution(network, path["id"], visit.actor)
            content: JsonObject = {
                "solution": manifest_in(document).id,
                "document": document["id"],
                "mapping": mapping,
            }
            await create(network, MAPPING, content, visit.actor, publish=True)
            return see_other(f"{visit.home()}{_HERE}/{segment(path['id'])}")
        report = await ask_fit(network, path["id"], visit.actor, node, mapping)
    except Problem as problem:
        return await show_solution(visit, path["id"], said=fields, mistake=problem.detail)
    return await _answer(visit, path["id"], node, report)


async def _answer(visit: Visit, id: str, node: str, report: JsonObject) -> Response:
    language = visit.language.code
    document = await seen_solution(visit.portal.network, id, visit.actor)
    manifest = manifest_in(document)
    values: dict[str, object] = {
        **places(visit, "solutions"),
        "document": document,
        "solution": manifest.title(language),
        "report": report,
        "marks": MARKS,
        "called": {word: label(word, language) for word in (*MARKS, *_ASPECTS)},
        "local": local,
        "span": span,
        "side": CELLS_A_SIDE,
        "node": node,
        "address": f"{visit.home()}{_HERE}/{segment(id)}",
        "mapping": encode_plainly(cast("JsonObject", report["mapping"])),
        "trials": _trials(report),
    }
    trail = (
        (f"{visit.home()}{_HERE}", visit.say("Solutions")),
        (f"{visit.home()}{_HERE}/{segment(id)}", manifest.title(language)),
    )
    return visit.page(
        "network/fit.html",
        visit.say("Will it run here?"),
        values,
        trail=trail,
        place=f"{_HERE}/{segment(id)}",
    )


async def _list(visit: Visit, *, said: Mapping[str, str] | None = None, mistake: str = "") -> Response:
    network, own = visit.portal.network, await own_did(visit)
    found = await newest_documents(network, SOLUTION, visit.actor, Sought(state="published"))
    records = await newest_documents(network, REPLICATION, visit.actor, Sought(state="published"))
    rows = [
        (
            document,
            manifest_in(document),
            await read_deployments(network.store, document),
            short_id(str(document["id"]), own),
        )
        for document in found
    ]
    values: dict[str, object] = {
        **places(visit, "solutions"),
        "solutions": rows,
        "records": records[::-1],
        "origins": await origins(visit, [*found, *records]),
        "may_write": may(visit, "steer"),
        "said": said or {},
        "mistake": mistake,
    }
    status = 400 if mistake else 200
    return visit.page("network/solutions.html", visit.say("Solutions"), values, status=status, place=_HERE)


async def show_solution(
    visit: Visit, id: str, *, said: Mapping[str, str] | None = None, mistake: str = ""
) -> Response:
    """The page of a solution."""
    network, own = visit.portal.network, await own_did(visit)
    document = await seen_solution(network, id, visit.actor)
    is_own = document["origin"] == own and may(visit, "steer") and "withdrawn" not in document
    manifest, language = manifest_in(document), visit.language.code
    of_it = Sought(state="published", facets={"content.solution": manifest.id})
    records = await newest_documents(network, REPLICATION, visit.actor, of_it)
    mappings = await newest_documents(network, MAPPING, visit.actor, of_it)
    values: dict[str, object] = {
        **places(visit, "solutions"),
        "document": document,
        "manifest": manifest,
        "content": content_of(document)["manifest"],
        "deployments": await read_deployments(network.store, document),
        "records": records[::-1],
        "mappings": mappings[::-1],
        "origins": await origins(visit, [document, *records, *mappings]),
        "address": f"{visit.home()}{_HERE}/{segment(id)}",
        "own": visit.portal.settings.city,
        "own_did": own,
        "is_own": is_own,
        "short": partial(short_id, own=own),
        "pick": await picker(visit) if is_own else None,
        "spec": _map(visit, document),
        "may_write": may(visit, "steer"),
        "may_ask": may(visit, "steer") and network.fit is not None,
        "span": span,
        "kind_name": partial(kind_name, visit.language),
        "said": said or {},
        "mistake": mistake,
    }
    trail = ((f"{visit.home()}{_HERE}", visit.say("Solutions")),)
    return visit.page(
        "network/solution.html", manifest.title(language), values, trail=trail,
        status=400 if mistake else 200, place=f"{_HERE}/{segment(id)}",
    )  # fmt: skip


def _map(visit: Visit, document: JsonObject) -> JsonObject | None:
    """Where the solution is said to run; None if no place is known."""
    claimed = objects_in(content_of(document).get("deployments"))
    return points_map(
        visit,
        [
            Placed(f"{number}", str(each["city"]), str(each.get("said", "")), each["point"])
            for number, each in enumerate(claimed)
            if "point" in each
        ],
    )


def encode_plainly(document: JsonObject, indent: str = "") -> str:
    """JSON over several lines, as a person edits it: one line for what fits on it.

    >>> print(encode_plainly({"a": {"from": "b"}}))
    {
      "a": {"from":"b"}
    }
    """
    inner = indent + "  "
    lines = list[str]()
    for name, value in document.items():
        flat = encode(value).decode()
        written = encode_plainly(value, inner) if isinstance(value, dict) and len(flat) > LINE else flat
        if isinstance(value, list) and len(flat) > LINE:
            each = [encode_plainly(one, inner + "  ") for one in value if isinstance(one, dict)]
            written = "[" + ", ".join(each) + "]" if len(each) == len(value) else flat
        lines.append(f"{inner}{encode(name).decode()}: {written}")
    return "{\n" + ",\n".join(lines) + f"\n{indent}}}" if lines else "{}"


LINE: Final = 100
_ASPECTS: Final = ("entities", "attribute", "age", "history", "coverage", "licence", "crs")


def _trials(report: JsonObject) -> list[JsonObject]:
    """Each dry run as a table: some results, each beside what of its entity went in."""
    types = cast("list[JsonObject]", cast("JsonObject", report["mapping"])["types"])
    used = {str(each["need"]): encode(each).decode() for each in types}
    rows = list[JsonObject]()
    for trial in objects_in(report["dryRun"]):
        text, shown = used.get(str(trial["need"]), ""), list[JsonObject]()
        for pair in objects_in(trial["results"])[:SHOWN]:
            entity, result = cast("JsonObject", pair["entity"]), cast("JsonObject", pair["result"])
            inputs = {name: value for name, value in entity.items() if encode(name).decode() in text}
            shown.append({"id": str(result["id"]), "inputs": _simple(inputs), "made": _simple(result)})
        rows.append({**trial, "shown": [*shown]})
    return rows


def _simple(entity: JsonObject) -> JsonObject:
    """Names and values of an entity's attributes, short enough for a table."""
    found: JsonObject = {}
    for name, attribute in entity.items():
        if isinstance(attribute, dict):
            value = attribute.get("value", attribute.get("object"))
            place = isinstance(value, dict) and "coordinates" in value
            said = value.get("coordinates") if place and isinstance(value, dict) else value
            unit = attribute.get("unitCode")
            text = said if isinstance(said, str) else encode(said).decode()
            found[local(name)] = f"{text[:60]} {unit}" if unit else text[:60]
    return found


def _object(text: str, what: str) -> JsonObject:
    if len(text) > LONGEST:
        raise Problem(BadRequestData, f"The {what} has more than {LONGEST:,} characters.")
    found = decode(text.encode())
    if not isinstance(found, dict):
        raise Problem(BadRequestData, f"The {what} is no JSON object.")
    return found


SOLUTION_PAGES: Final[tuple[tuple[str, str, Page, str], ...]] = (
    ("GET", f"/{_HERE}", solutions, "nothing"),
    ("POST", f"/{_HERE}", write, "steer"),
    ("GET", f"/{_HERE}/{{id}}", one, "nothing"),
    ("POST", f"/{_HERE}/{{id}}", fit, "steer"),
)
"""Method, path behind the language, page, what the visitor must be allowed to do."""
