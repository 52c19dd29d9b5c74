"""Tend a source: change how it is read, try that, have it read at once, or forget it."""

from beffroi.kernel.json import JsonObject
from beffroi.kernel.shown_url import shown_url
from beffroi.portal.pages.filled import Form, whole
from beffroi.portal.pages.sources.signed import harvester_of, signed
from beffroi.portal.pages.sources.trying import LONGEST_S, tried_in
from beffroi.portal.pages.sources.typed import axes_names, said_in_form
from beffroi.portal.reading.datasets import Tried, titles_of
from beffroi.portal.render import segment
from beffroi.portal.visit import Visit, see_other
from beffroi.sources.operations.registry import change_source, find_source, remove_source
from beffroi.sources.rules.source import Source, asked, changed
from beffroi.web.message import Response
from beffroi.web.paths import Arguments


async def one(visit: Visit, path: Arguments) -> Response:
    """The form with what a source is now."""
    source = await find_source(visit.portal.store, visit.portal.tenant, path["name"])
    return _shown(visit, source, _as_it_is(visit, source))


async def change(visit: Visit, path: Arguments) -> Response:
    """Try what the form says on the first records, or keep it and have the source read at once."""
    source = await find_source(visit.portal.store, visit.portal.tenant, path["name"])
    form = Form(visit.lists(), visit.language.code)
    said = _said(visit, form, source)
    if form.mistakes:
        return _shown(visit, source, form)
    if form.one("do") == "try":
        return _shown(visit, source, form, await tried_in(visit, changed(source, said), LONGEST_S))
    now = harvester_of(visit).world.now()

    def decide(stored: Source) -> Source:
        return asked(changed(stored, said), now)

    await change_source(signed(visit), visit.portal.tenant, source.name, decide)
    return see_other(_place_of(visit, source.name))


async def read_now(visit: Visit, path: Arguments) -> Response:
    """Have a source read at once."""
    visit.form()
    now = harvester_of(visit).world.now()
    await change_source(signed(visit), visit.portal.tenant, path["name"], lambda stored: asked(stored, now))
    return see_other(_place_of(visit, path["name"]))


async def forget(visit: Visit, path: Arguments) -> Response:
    """Forget a source and its runs; what came from it stays."""
    visit.form()
    await remove_source(signed(visit), visit.portal.tenant, path["name"])
    return see_other(f"{visit.home()}sources")


def _place_of(visit: Visit, name: str) -> str:
    return f"{visit.home()}sources#source-{segment(name)}"


def _as_it_is(visit: Visit, source: Source) -> Form:
    area = "" if source.area is None else ", ".join(map(str, source.area))
    ticks = {"paused": source.paused, "deletes": source.deletes}
    fields: dict[str, list[str]] = {
        "area": [area],
        "axes": [source.axes or ""],
        "mapping": [source.mapping],
        "interval": [str(source.interval_s)],
        **{name: ["1"] for name, ticked in ticks.items() if ticked},
    }
    return Form(fields, visit.language.code)


def _said(visit: Visit, form: Form, source: Source) -> JsonObject:
    """All that the form says of a source; what is wrong stands in `form.mistakes`."""
    said: JsonObject = {"area": None, "axes": None, **said_in_form(form, source)}
    said["paused"], said["deletes"] = bool(form.one("paused")), bool(form.one("deletes"))
    said["mapping"] = form.take("mapping", lambda name: harvester_of(visit).catalogue.find(name).name, "")

    def seconds(text: str) -> int:
        interval = whole(text)
        changed(source, {"interval": interval})
        return interval

    said["interval"] = form.take("interval", seconds, source.interval_s)
    return said


def _shown(visit: Visit, source: Source, form: Form, tried: Tried | None = None) -> Response:
    mappings = titles_of(harvester_of(visit).catalogue.mappings, visit.language.code)
    if source.mapping not in dict(mappings):
        mappings.insert(0, (source.mapping, visit.say("not on this node")))
    values: dict[str, object] = {
        "form": {"filled": form.fields, "mistakes": form.mistakes, "visit": visit},
        "source": source,
        "shown_url": shown_url,
        "mappings": mappings,
        "axes": axes_names(visit),
        "tried": [tried] if tried else [],
        "seconds": LONGEST_S,
        "address": f"{visit.home()}sources/named/{segment(source.name)}",
    }
    trail = ((f"{visit.home()}sources", visit.say("Sources")),)
    status = 422 if form.mistakes else 200
    place = f"sources/named/{segment(source.name)}"
    return visit.page("sources/one.html", source.title, values, trail=trail, status=status, place=place)
