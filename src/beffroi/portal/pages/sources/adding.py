"""Add sources: an address, what stands behind it, what would come of it, and then for good."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Final

from beffroi.kernel.problem import Problem
from beffroi.portal.pages.address import LONGEST_URL, is_whole
from beffroi.portal.pages.filled import Form
from beffroi.portal.pages.sources.signed import harvester_of, signed
from beffroi.portal.pages.sources.trying import LONGEST_S, tried_in
from beffroi.portal.pages.sources.typed import axes_names, said_in_form
from beffroi.portal.reading.datasets import MOST_SHOWN, Choosable, Tried, choosable, titles_of
from beffroi.portal.reading.harvests import sources_of
from beffroi.portal.render import segment
from beffroi.portal.visit import Visit, see_other
from beffroi.sources.operations.discover import DISCOVERY_LIMITS, discover
from beffroi.sources.operations.registry import add_sources
from beffroi.sources.rules.dataset import Discovery, chosen
from beffroi.sources.rules.source import Source, changed, sources_from
from beffroi.web.message import Response
from beffroi.web.paths import Arguments

HERE: Final = "sources/new"
REMEMBERED_S: Final = 600.0
"""For so long what was found behind an address is good enough to choose from."""

MOST_TRIED: Final = 3
"""So many datasets are tried at a time: they share the time for which somebody waits."""


async def new(visit: Visit, _: Arguments) -> Response:
    """The form for an address."""
    harvester_of(visit)
    return await _shown(visit, Form({}, visit.language.code), None)


async def add(visit: Visit, _: Arguments) -> Response:
    """Look what stands behind an address, try some of it, or add it: `do` says which."""
    form = Form(visit.lists(), visit.language.code)
    do, url = form.one("do"), form.one("url")
    clock = harvester_of(visit).world.seconds
    until = clock() + LONGEST_S
    if not is_whole(url):
        form.wrong("url", "Write a whole address that begins with https:// or http://.")
        return await _shown(visit, form, None)
    try:
        found = await _found(visit, url, fresh=do not in {"try", "add"})
    except Problem as problem:
        form.wrong("url", problem.detail)
        return await _shown(visit, form, None)
    if do not in {"try", "add"}:
        return await _shown(visit, _proposed(form, found, await sources_of(visit.portal)), found)
    made = await _made(visit, form, found)
    if do == "try" and len(made) > MOST_TRIED:
        form.wrong("dataset", f"At most {MOST_TRIED} datasets are tried at a time.")
    if form.mistakes:
        return await _shown(visit, form, found)
    if do == "try":
        seconds = (until - clock()) / len(made)
        return await _shown(visit, form, found, [await tried_in(visit, each, seconds) for each in made])
    try:
        await add_sources(signed(visit), visit.portal.tenant, made)
    except Problem as problem:
        form.wrong("dataset", problem.detail)
        return await _shown(visit, form, found)
    return see_other(f"{visit.home()}sources#source-{segment(made[0].name)}")


async def _found(visit: Visit, url: str, *, fresh: bool) -> Discovery:
    """What stands behind an address, without samples of its records: it is kept for the next step. Raises
    Problem."""
    harvester, portal = harvester_of(visit), visit.portal

    async def look() -> Discovery:
        limits = replace(DISCOVERY_LIMITS, most_seconds=LONGEST_S)
        found = await discover(url, harvester.world, list(harvester.catalogue.mappings.values()), limits)
        bare = (replace(each, dataset=replace(each.dataset, sample=())) for each in found.offered)
        return replace(found, offered=tuple(bare))

    seconds = 0.0 if fresh else REMEMBERED_S
    return await portal.memory.recall(f"behind {url}", visit.now, seconds, look)


def _proposed(form: Form, found: Discovery, known: Sequence[Source]) -> Form:
    """The form with what fits chosen."""
    fields = dict(form.fields)
    fitting = [each for each in choosable(found, known) if each.fitting and not each.read_as]
    fields["dataset"] = [each.id for each in fitting]
    return replace(form, fields=fields)


async def _made(visit: Visit, form: Form, found: Discovery) -> list[Source]:
    """The sources that the form describes; what is wrong with it stands in `form.mistakes`."""
    catalogue, known = harvester_of(visit).catalogue, await sources_of(visit.portal)
    names = list(dict.fromkeys(form.fields.get("dataset", ())))
    if not names:
        form.wrong("dataset", "No dataset is chosen.")
        return []
    unread = [name for name in names if not form.one(f"mapping:{name}")]
    if unread:
        form.wrong("dataset", f"No mapping is chosen for the dataset '{unread[0][:100]}'.")
        return []
    try:
        choice = {name: catalogue.find(form.one(f"mapping:{name}")) for name in names}
        made = sources_from(chosen(found, choice), known, visit.now)
    except Problem as problem:
        form.wrong("dataset", problem.detail)
        return []
    if not made:
        form.wrong("dataset", "Everything that is chosen is a source already.")
        return []
    said = said_in_form(form, made[0])
    return [changed(each, said) for each in made]


async def _shown(visit: Visit, form: Form, found: Discovery | None, tried: Sequence[Tried] = ()) -> Response:
    known = await sources_of(visit.portal) if found else []
    listed = choosable(found, known) if found else []
    values: dict[str, object] = {
        "form": {"filled": form.fields, "mistakes": form.mistakes, "visit": visit},
        "found": found,
        "datasets": listed,
        "left": len(found.offered) - len(listed) if found else 0,
        "chosen_mapping": _mappings_chosen(form, listed),
        "mappings": titles_of(harvester_of(visit).catalogue.mappings, visit.language.code) if found else [],
        "axes": axes_names(visit),
        "tried": tried,
        "longest": LONGEST_URL,
        "most": MOST_SHOWN,
        "seconds": LONGEST_S,
    }
    trail = ((f"{visit.home()}sources", visit.say("Sources")),)
    status = 422 if form.mistakes else 200
    return visit.page(
        "sources/new.html", visit.say("Add a source"), values, trail=trail, status=status, place=HERE
    )


def _mappings_chosen(form: Form, listed: Sequence[Choosable]) -> Mapping[str, str]:
    """The mapping of each dataset by the form, or else the one that fits best."""
    return {
        each.id: form.one(f"mapping:{each.id}") or (each.fitting[0] if each.fitting else "")
        for each in listed
    }
