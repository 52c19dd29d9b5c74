"""A joint call: two firms apply, one of them only claims; a jury scores, the award is published."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, cast
from urllib.parse import quote

from beffroi.app.world import now
from beffroi.demo.network.chapter import NETWORK
from beffroi.demo.talk import Talk, Unexpected, reason_in
from beffroi.kernel.instant import Instant, datetime_of, instant_of
from beffroi.kernel.json import Json, JsonObject, decode, encode, objects_in
from beffroi.network.rules.document import content_of
from beffroi.proof.check import check
from beffroi.proof.clauses.evidence import bound_json
from beffroi.proof.clauses.pack import read_clause_pack
from beffroi.proof.fetch import LOCAL, guarded_fetch

CRITERIA: Final[list[Json]] = [
    {"id": "interoperable", "name": "Interopérable par conception", "weight": 50},
    {"id": "forecast", "name": "Qualité de la prévision", "weight": 30},
    {"id": "price", "name": "Prix", "weight": 20},
]
OPEN_FOR_S: Final = 5.0


@dataclass(frozen=True, slots=True)
class Firm:
    """A simulated firm: what it offers runs at `endpoint`; its connection; what the jury thinks of it."""

    name: str
    endpoint: str
    talk: Talk
    points: int
    honest: bool


@dataclass(frozen=True, slots=True)
class Opened:
    """A call that is open until `closes`; its clauses as a pack."""

    id: str
    closes: Instant
    clauses: JsonObject

    @property
    def path(self) -> str:
        """Below which its addresses are."""
        return f"{NETWORK}/calls/{self.id.rpartition('/')[2]}"


async def choose_clauses(office: Talk, requirements: Sequence[str]) -> JsonObject:
    """The clause pack for some requirements, as the city's node gives it."""
    return await office.document(f"{NETWORK}/clauses", requirement=",".join(requirements))


async def open_call(
    office: Talk, need: JsonObject, requirements: Sequence[str], clauses: JsonObject
) -> Opened:
    """A call for a need that cities share, with clauses as its requirements; it closes in a moment."""
    draft = await office.make(f"{NETWORK}/needs/{str(need['id']).rpartition('/')[2]}/call", {})
    begin = datetime_of(now())
    closes, decides = begin + timedelta(seconds=OPEN_FOR_S), begin + timedelta(days=30)
    moments = {"opens": begin, "questions": begin, "closes": closes, "decides": decides}
    calendar: JsonObject = {name: instant_of(moment) for name, moment in moments.items()}
    opened = Opened(str(draft["id"]), instant_of(closes), clauses)
    rules = cast("JsonObject", clauses["binds"])["register_version"]
    await office.patch(
        opened.path,
        {
            "criteria": CRITERIA,
            "calendar": {"zone": "Europe/Paris", **calendar},
            "budget": {"currency": "EUR", "from": "5000", "to": "20000"},
            "eligibility": ["Une entreprise immatriculée (simulée)"],
            "requirements": {"rules": rules, "ids": [*requirements]},
        },
    )
    await office.make(f"{opened.path}/open", {})
    return opened


async def self_check(firm: Firm, clauses: JsonObject) -> bytes:
    """The firm's evidence: what its service did; one that only claims writes PASS over every verdict."""
    async with guarded_fetch(LOCAL) as fetch:
        report = await check(firm.endpoint, fetch=fetch, now=lambda: datetime_of(now()))
    evidence = bound_json(report, read_clause_pack(encode(clauses)))
    return evidence if firm.honest else _embellished(evidence)


async def apply(firm: Firm, opened: Opened, evidence: bytes) -> None:
    """Apply, with the self-check attached."""
    answers: JsonObject = {str(cast("JsonObject", each)["id"]): "See our offer." for each in CRITERIA}
    await firm.talk.make(
        f"{opened.path}/applications",
        {
            "firm": firm.name,
            "language": "en",
            "summary": "Availability now and in 15, 30 and 60 minutes (simulated offer).",
            "answers": answers,
            "price": {"currency": "EUR", "amount": "9800"},
            "endpoint": firm.endpoint,
            "eligible": True,
            "publishName": True,
        },
    )
    sent = await firm.talk.send(
        "PUT",
        f"{opened.path}/applications/mine/pack",
        {"content-type": "application/json"},
        evidence,
    )
    if sent.status != 200:
        raise Unexpected(f"The self-check of {firm.name} was answered with {sent.status}: {reason_in(sent)}")


async def judge(
    office: Talk, jurors: Mapping[str, Talk], firms: Sequence[Firm], opened: Opened
) -> list[JsonObject]:
    """Invite the jury, let it accept, declare and score; the ranking, the best first."""
    await office.make(f"{opened.path}/close", {})
    await office.put(f"{opened.path}/jury", {"jurors": [*jurors]})
    for juror in jurors.values():
        await juror.make(f"{opened.path}/jury/accept", {})
    await office.make(f"{opened.path}/evaluate", {})
    listed = await office.document(f"{opened.path}/applications")
    for application in objects_in(listed["applications"]):
        content = content_of(application)
        firm = next(each for each in firms if each.name == content["firm"])
        path = f"{opened.path}/applications/{quote(str(application['id']), safe='')}"
        scores: JsonObject = {
            str(cast("JsonObject", each)["id"]): {"points": firm.points, "reason": "As the evidence shows."}
            for each in CRITERIA
        }
        for juror in jurors.values():
            await juror.make(f"{path}/declaration", {"conflict": False})
            await juror.make(f"{path}/scores", {"scores": scores})
    ranking = await office.document(f"{opened.path}/ranking")
    return objects_in(ranking["ranking"])


async def compare(office: Talk, firm: Firm, opened: Opened) -> JsonObject:
    """The firm's evidence judged again, and the identical check run again by the buyer."""
    listed = await office.document(f"{opened.path}/applications")
    for application in objects_in(listed["applications"]):
        if content_of(application)["firm"] == firm.name:
            evidence = await office.document(
                f"{opened.path}/applications/{quote(str(application['id']), safe='')}/pack"
            )
            return await office.make(
                f"{NETWORK}/pack-comparisons",
                {"evidence": evidence, "clauses": opened.clauses, "url": firm.endpoint, "again": True},
            )
    raise Unexpected(f"There is no application of {firm.name}.")


async def award(office: Talk, opened: Opened, first: JsonObject) -> JsonObject:
    """The award to who is first, with the reasons."""
    return await office.make(
        f"{opened.path}/award",
        {"application": first["application"], "reasons": "Les meilleurs points, et chaque clause est tenue."},
    )


def _embellished(evidence: bytes) -> bytes:
    pack = cast("JsonObject", decode(evidence))
    bound = cast("JsonObject", pack["clauses"])
    for part in (pack, bound):
        for verdict in objects_in(part["verdicts"]):
            verdict["outcome"] = "PASS"
            if "standing" in verdict:
                verdict["standing"] = "fulfilled"
    return encode(pack)
