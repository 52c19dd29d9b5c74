"""Answer with a page of entities: written one by one, or together where they stand inside each other."""

from beffroi.broker.operations.linked import read_linked
from beffroi.broker.operations.services import Broker
from beffroi.broker.rules.context.context import Context
from beffroi.broker.rules.entity.results import Answer
from beffroi.broker.rules.query.query import Page, View
from beffroi.broker.rules.representation.linked import together
from beffroi.broker.wire.answers import entities_response, written_page
from beffroi.broker.wire.parameters import is_written_alone
from beffroi.web.message import Request, Response
from beffroi.web.tenant import tenant_of


async def page_response(
    broker: Broker, request: Request, answer: Answer, page: Page, view: View, context: Context, media: str
) -> Response:
    """The entities of an answer in the view and the media type that were asked for."""
    if is_written_alone(view, media):
        bodies = broker.rendered.bodies(answer.records, view, context)
        return written_page(request, answer, page, bodies, context, media)
    entities = answer.entities
    known = await read_linked(broker.store, tenant_of(request), entities, view)
    shown = together(entities, view, context, known)
    return entities_response(request, answer, page, shown, context, media)
