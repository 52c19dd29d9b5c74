"""What a node writes once before it answers: documents that its own documents name."""

from beffroi.kernel.instant import shortened
from beffroi.market.operations.services import Market
from beffroi.market.operations.writing import act_as_node
from beffroi.market.rules.access.usage_chain import specifications
from beffroi.market.rules.apis.tmf635 import USAGE_SPECIFICATION
from beffroi.market.rules.documents.behaviour import Outcome, Scene, Written


async def begin(market: Market) -> None:
    """Publish the usageSpecifications that usage rows name; those that are there are left as they are."""
    wanted = specifications()
    keys = [USAGE_SPECIFICATION.key(id) for id in wanted]

    def rule(scene: Scene) -> Outcome | None:
        written = tuple(
            Written(USAGE_SPECIFICATION.name, id, {**body, "lastUpdate": shortened(scene.now)})
            for id, body in wanted.items()
            if USAGE_SPECIFICATION.key(id) not in scene.records
        )
        return Outcome({}, written) if written else None

    await act_as_node(market, lambda _: keys, rule, "what usage rows name")
