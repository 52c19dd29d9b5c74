"""What a node writes once before it answers: documents that its own documents name."""

from beffroi.kernel.instant import shortened
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import act_as_node
from beffroi.market.rules.access.usage_chain import SPECIFICATION, specification
from beffroi.market.rules.apis.tmf635 import USAGE_SPECIFICATION
from beffroi.market.rules.documents.behaviour import Outcome, Scene, Written


async def begin(market: Market) -> None:
    """Publish the usageSpecification that usage rows name; one that is there is left as it is."""
    key = USAGE_SPECIFICATION.key(SPECIFICATION)

    def rule(scene: Scene) -> Outcome | None:
        if key in scene.records:
            return None
        body = {**specification(), "lastUpdate": shortened(scene.now)}
        return Outcome(body, (Written(USAGE_SPECIFICATION.name, SPECIFICATION, body),))

    await act_as_node(market, lambda _: [key], rule, "what usage rows name")
