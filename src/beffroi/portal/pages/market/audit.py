"""The audit log on a page, for auditors and operators: who did what when, and why."""

import re
from functools import partial
from typing import Final
from urllib.parse import urlencode

from beffroi.kernel.json import JsonObject
from beffroi.kernel.problem import Forbidden, Problem
from beffroi.market.rules.audit.entry import KIND
from beffroi.market.rules.documents.plan import NODE
from beffroi.market.rules.documents.visibility import sees_all
from beffroi.portal.pages.market.rooms import rooms
from beffroi.portal.reading.market.held import party_names
from beffroi.portal.visit import Visit
from beffroi.portal.words.log import logged_in
from beffroi.portal.words.trade import document_names, happening_names
from beffroi.store.port import All, Find, Where
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

ROWS: Final = 50
FILTERS: Final = ("actor", "resource", "id", "party")


async def audit(visit: Visit, _: Arguments) -> Response:
    if not sees_all(visit.actor):
        raise Problem(Forbidden, f"'{visit.actor.name}' does not read the log; auditors and operators do.")
    asked = {name: visit.request.parameters.get(name, "").strip()[:200] for name in FILTERS}
    written = visit.request.parameters.get("page", "1")
    page = int(written) if re.fullmatch(r"[1-9]\d{0,5}", written, re.ASCII) else 1
    wheres = tuple(Where(name, "==", "text", value) for name, value in asked.items() if value)
    store = visit.market.store
    total = (await store.find(Find("", KIND, All(wheres), exact=True, limit=1, count=True))).count or 0
    last = max(total - (page - 1) * ROWS, 0)
    first = max(last - ROWS, 0)
    shown = Find("", KIND, All(wheres), exact=True, offset=first, limit=max(last - first, 1))
    found = (await store.find(shown)).records if last else ()
    values: dict[str, object] = {
        **rooms(visit, "audit"),
        "entries": [record.body for record in found][::-1],
        "names": await party_names(store, [party for record in found for party in _parties(record.body)]),
        "what_name": partial(happening_names, visit.language),
        "documents": document_names(visit.language),
        "reason": partial(logged_in, visit.language.code),
        "node": NODE,
        "asked": asked,
        "total": total,
        "newer": _address(visit, asked, page - 1) if page > 1 else "",
        "older": _address(visit, asked, page + 1) if first else "",
    }
    return visit.page("market/audit.html", visit.say("Audit log"), values)


def _parties(entry: JsonObject) -> tuple[str, str]:
    """Whom the actor acts for, and whom an account that was given acts for; empty for nobody."""
    granted = entry.get("granted")
    acts_for = granted.get("party") if isinstance(granted, dict) else ""
    return str(entry.get("party") or ""), str(acts_for or "")


def _address(visit: Visit, asked: dict[str, str], page: int) -> str:
    query = {name: value for name, value in asked.items() if value}
    return f"{visit.home()}market/audit?{urlencode({**query, 'page': page})}"
