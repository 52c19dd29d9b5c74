"""What a self-check is worth: the pack of an application beside the requirements of its call."""

from typing import cast

from beffroi.kernel.json import JsonObject, decode_object
from beffroi.kernel.problem import BadRequestData, OperationNotSupported, Problem
from beffroi.network.operations.calls.applications import own, read_one, read_pack
from beffroi.network.operations.calls.deciding import call_of
from beffroi.network.operations.services import Network
from beffroi.network.rules.document import content_of
from beffroi.web.message import Actor


async def compare_pack(
    network: Network, name: str, application: str, actor: Actor, *, again: bool
) -> JsonObject:
    """The evidence of an application judged again, with `again` beside a run of our own. Raises Problem."""
    found = await read_one(network, name, application, actor)
    return await _compared(network, name, found, actor, again=again)


async def compare_own_pack(network: Network, name: str, actor: Actor) -> JsonObject:
    """The evidence that the firm has attached, as the jury will see it judged. Raises Problem."""
    return await _compared(network, name, await own(network, name, actor), actor, again=False)


async def check_requirements(network: Network, content: JsonObject) -> None:
    """The requirements of a call are in the register, and its rules are those that this node tests by.

    Raises Problem(BadRequestData).
    """
    if network.buying is None:
        return
    asked = cast("JsonObject", content.get("requirements", {}))
    if not asked:
        return
    binds = cast("JsonObject", decode_object(await _clauses(network, content))["binds"])
    if asked["rules"] != binds["register_version"]:
        raise Problem(
            BadRequestData,
            f"The call names the rules '{asked['rules']}'; this node tests by '{binds['register_version']}'.",
        )


async def _compared(
    network: Network, name: str, application: JsonObject, actor: Actor, *, again: bool
) -> JsonObject:
    if network.buying is None:
        raise Problem(OperationNotSupported, "This node has no checker that compares evidence.")
    content = content_of(await call_of(network, name, actor))
    pack = await read_pack(network, application)
    url = str(content_of(application).get("endpoint", ""))
    return await network.buying.compare(pack, await _clauses(network, content), url, again=again)


async def _clauses(network: Network, content: JsonObject) -> bytes:
    """The clause pack of the requirements that a call names."""
    ids = cast("list[str]", cast("JsonObject", content["requirements"])["ids"])
    return (await network.buying.clauses([*ids], [], "json", "both"))[1] if network.buying else b""
