"""Checks: the list, a form to start one, and the verdicts of one with their evidence."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from urllib.parse import urlencode, urlsplit

from beffroi.kernel.problem import OperationNotSupported, Problem
from beffroi.kernel.shown_url import shown_url
from beffroi.portal.pages.address import is_whole
from beffroi.portal.reading.checks import OUTCOMES, Verdict, check_of, checks_of, pack_of
from beffroi.portal.render import segment
from beffroi.portal.visit import Visit, see_other
from beffroi.portal.words.verdicts import OUTCOME_CLASSES, family_name, level_name, outcome_name
from beffroi.proof.kept import Language
from beffroi.proof.register import load_register
from beffroi.proof.reports.words import failure_said, silence_said
from beffroi.web.message import Response
from beffroi.web.paths import Arguments


@dataclass(frozen=True, slots=True)
class Choice:
    """A filter by outcome, with how many verdicts it leaves."""

    outcome: str
    count: int
    address: str
    chosen: bool


async def checks(visit: Visit, _: Arguments) -> Response:
    return await _list(visit, "", "")


async def start(visit: Visit, _: Arguments) -> Response:
    """Begin a check and go to its page; an address that cannot be checked shows the form again."""
    begin = visit.portal.doors.start_check
    if begin is None:
        raise Problem(OperationNotSupported, "This node does not start checks from its pages.")
    url = visit.form().get("url", "").strip()
    if not is_whole(url):
        sentence = visit.say("Write a whole address that begins with https:// or http://.")
        return await _list(visit, url, sentence)
    try:
        check_id = await begin(url)
    except Problem as problem:
        return await _list(visit, url, visit.refusal(problem.detail))
    return see_other(f"{visit.home()}checks/{segment(check_id)}")


async def one_check(visit: Visit, path: Arguments) -> Response:
    code = visit.language.code
    lang: Language = "fr" if code == "fr" else "en"
    found = await check_of(visit.portal, path["id"], code)
    asked = visit.request.parameters.get("outcome", "")
    address = f"{visit.home()}checks/{segment(found.id)}"
    shown = [one for one in found.verdicts if not asked or one.outcome == asked]
    values: dict[str, object] = {
        **_names(visit),
        "check": found,
        "address": address,
        "silence": silence_said(found.silence, lang) if found.silence else None,
        "failure_said": partial(failure_said, lang=lang),
        "choices": _choices(found.verdicts, address, asked),
        "mims": [
            (mim, _mim_name(found.mim_set, mim, code), [one for one in shown if one.mim == mim])
            for mim in _mims(shown)
        ],
    }
    trail = ((f"{visit.home()}checks", visit.say("Checks")),)
    host = urlsplit(found.url).netloc or found.url
    return visit.page("check.html", visit.say("Check of %(host)s", host=host), values, trail=trail)


async def pack(visit: Visit, path: Arguments) -> Response:
    """The evidence, for the other party to judge again."""
    headers = {
        "content-type": "application/json",
        "content-disposition": 'attachment; filename="check.json"',
        "x-content-type-options": "nosniff",
    }
    return Response(200, headers, await pack_of(visit.portal, path["id"]))


async def _list(visit: Visit, url: str, mistake: str) -> Response:
    page = _page(visit.request.parameters.get("page", "1"))
    found, more = await checks_of(visit.portal, visit.language.code, page)
    address = f"{visit.home()}checks"
    values: dict[str, object] = {
        **_names(visit),
        "checks": found,
        "url": shown_url(url),
        "mistake": mistake,
        "first": f"{address}#done-title" if page > 1 else "",
        "following": f"{address}?page={page + 1}#done-title" if more else "",
    }
    return visit.page("checks.html", visit.say("Checks"), values, status=422 if mistake else 200)


def _page(written: str) -> int:
    """The page that an address asks for; the first one if it asks for none that can be."""
    return int(written) if re.fullmatch(r"[1-9]\d{0,5}", written, re.ASCII) else 1


def _names(visit: Visit) -> dict[str, object]:
    """How the templates name the codes of a report."""
    return {
        "outcome_name": partial(outcome_name, visit.language),
        "outcome_class": OUTCOME_CLASSES,
        "level_name": partial(level_name, visit.language),
        "family_name": partial(family_name, visit.language),
    }


def _mims(verdicts: Sequence[Verdict]) -> list[str]:
    return list(dict.fromkeys(one.mim for one in verdicts))


def _mim_name(mim_set: str, mim: str, code: str) -> str:
    """What the newest register calls a mechanism; empty for one that it does not have."""
    register = load_register()
    name = register.names.get(mim) if register.mim_set == mim_set else None
    return name.in_language(code) if name else ""


def _choices(verdicts: Sequence[Verdict], address: str, asked: str) -> list[Choice]:
    counts = [(outcome, sum(one.outcome == outcome for one in verdicts)) for outcome in OUTCOMES]
    every = Choice("", len(verdicts), f"{address}#verdicts", not asked)
    return [every] + [
        Choice(outcome, count, f"{address}?{urlencode({'outcome': outcome})}#verdicts", outcome == asked)
        for outcome, count in counts
        if count
    ]
