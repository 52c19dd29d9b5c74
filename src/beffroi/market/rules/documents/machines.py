"""The states of TM Forum documents, and which may follow which (TMF620 to 648, 678, 632)."""

from collections.abc import Mapping

from beffroi.kernel.problem import BadRequestData, Conflict, Problem
from beffroi.market.rules.documents.resource import Machine


def _moves(table: Mapping[str, str]) -> Mapping[str, frozenset[str]]:
    """A table whose rows name the states that follow; `_` at the end of a word stands for a space."""
    return {
        _state(state): frozenset(_state(word) for word in following.split())
        for state, following in table.items()
    }


def _state(word: str) -> str:
    return word.replace("_", " ")


_BEFORE_SALE = frozenset({"In study", "In design", "In test"})
_ON_SALE = frozenset({"Active", "Launched"})
PRODUCT_OFFERING = Machine(
    "lifecycleStatus",
    "In study",
    {
        # TMF620 draws one after the other; what needs no study or test may leave it out
        **{state: (_BEFORE_SALE - {state}) | _ON_SALE | {"Rejected"} for state in sorted(_BEFORE_SALE)},
        **{state: (_ON_SALE - {state}) | {"Retired"} for state in sorted(_ON_SALE)},
        "Retired": _ON_SALE | {"Obsolete"},
        "Obsolete": frozenset(),
        "Rejected": frozenset(),
    },
    starts=_BEFORE_SALE | _ON_SALE,
)
ORDER_ITEM = Machine(
    "state",
    "acknowledged",
    _moves(
        {
            "acknowledged": "rejected inProgress pending",
            "inProgress": "pending held completed failed assessingCancellation",
            # a provider who does not approve rejects; TMF622 draws only acknowledged to rejected
            "pending": "inProgress rejected cancelled assessingCancellation",
            "held": "inProgress cancelled assessingCancellation",
            "assessingCancellation": "inProgress pending held pendingCancellation",
            "pendingCancellation": "cancelled",
            "rejected": "",
            "completed": "",
            "failed": "",
            "cancelled": "",
        }
    ),
)
PRODUCT_ORDER = Machine(
    "state",
    "acknowledged",
    {
        **ORDER_ITEM.moves,
        "inProgress": ORDER_ITEM.moves["inProgress"] | {"partial"},
        "partial": frozenset(),
    },
)
CANCEL_TASK = Machine(
    "state",
    "acknowledged",
    _moves(
        {
            "acknowledged": "inProgress done terminatedWithError",
            "inProgress": "done terminatedWithError",
            "done": "",
            "terminatedWithError": "",
        }
    ),
)
PRODUCT = Machine(
    "status",
    "created",
    _moves(
        {
            "created": "pendingActive active",
            # TMF637 writes this one state with a space at its end, in version 4 and 5
            "pendingActive": "active aborted_ cancelled",
            "active": "suspended pendingTerminate terminated",
            "suspended": "active pendingTerminate terminated",
            "pendingTerminate": "terminated",
            "terminated": "",
            "aborted_": "",
            "cancelled": "",
        }
    ),
    starts=frozenset({"pendingActive", "active"}),
)
QUOTE = Machine(
    "state",
    "inProgress",
    _moves(
        {
            "inProgress": "pending approved cancelled",
            "pending": "inProgress cancelled",
            "approved": "accepted rejected",
            "accepted": "",
            "rejected": "",
            "cancelled": "",
        }
    ),
)
USAGE = Machine(
    "status",
    "received",
    _moves(
        {
            "received": "guided rejected",
            "guided": "rated rejected",
            "rated": "rerated billed",
            "rerated": "rated",
            "rejected": "recycled",
            "recycled": "rejected guided",
            "billed": "",
        }
    ),
)
BILL = Machine(
    "state",
    "new",
    _moves(
        {
            "new": "onHold validated",
            "onHold": "new validated",
            "validated": "onHold sent",
            "sent": "partiallyPaid settled",
            "partiallyPaid": "settled",
            "settled": "",
        }
    ),
)
BILL_ON_DEMAND = Machine(
    "state",
    "inProgress",
    _moves(
        {
            "inProgress": "rejected done terminatedWithError",
            "rejected": "",
            "done": "",
            "terminatedWithError": "",
        }
    ),
)
SERVICE = Machine(
    "state",
    "feasibilityChecked",
    _moves(
        {
            "feasibilityChecked": "designed terminated",
            "designed": "reserved inactive active terminated",
            "reserved": "inactive active terminated",
            "inactive": "active terminated",
            "active": "inactive terminated",
            "terminated": "",
        }
    ),
    starts=frozenset({"designed", "reserved", "inactive", "active"}),
)
INDIVIDUAL = Machine(
    "status",
    "initialized",
    # "deceaded" is what TMF632 version 4 writes
    _moves({"initialized": "validated deceaded", "validated": "deceaded", "deceaded": ""}),
    starts=frozenset({"validated"}),
)
ORGANIZATION = Machine(
    "status",
    "initialized",
    _moves({"initialized": "validated closed", "validated": "closed", "closed": ""}),
    starts=frozenset({"validated"}),
)


def check_start(machine: Machine, state: object, what: str) -> None:
    """Raise Problem(BadRequestData) if a new document may not be in this state."""
    _check_state(machine, state, what)
    if state != machine.initial and state not in machine.starts:
        first = ", ".join(repr(one) for one in sorted({machine.initial, *machine.starts}))
        raise Problem(
            BadRequestData, f"A new {what} cannot have the {machine.member} '{state}'; it begins as {first}."
        )


def check_move(machine: Machine, before: object, after: object, what: str) -> None:
    """Raise Problem(BadRequestData) for a state that does not exist, Problem(Conflict) for an illegal move.
    A document that was kept before its states were checked may be in one that does not exist: it leaves it
    for any.

    >>> check_move(QUOTE, "accepted", "pending", "'7'")  # doctest: +ELLIPSIS
    Traceback (most recent call last):
    beffroi.kernel.problem.Problem: The state of '7' cannot go from 'accepted' to 'pending'; ...
    """
    if before == after:
        return
    _check_state(machine, after, what)
    following = machine.moves.get(str(before), machine.moves.keys())
    if after not in following:
        rest = ", ".join(repr(one) for one in sorted(following))
        ways = f"from there it goes to {rest}" if rest else f"'{before}' is an end"
        raise Problem(
            Conflict, f"The {machine.member} of {what} cannot go from '{before}' to '{after}'; {ways}."
        )


def is_end(machine: Machine, state: str) -> bool:
    """Whether nothing follows this state."""
    return not machine.moves.get(state)


def may_reach(machine: Machine, before: str, after: str) -> bool:
    """Whether legal moves lead from one state to the other, in any number of steps.

    >>> may_reach(PRODUCT_ORDER, "acknowledged", "cancelled"), may_reach(PRODUCT_ORDER, "completed", "held")
    (True, False)
    """
    seen, open_ends = {before}, [before]
    while open_ends:
        for state in machine.moves.get(open_ends.pop(), frozenset()) - seen:
            seen.add(state)
            open_ends.append(state)
    return after in seen


def _check_state(machine: Machine, state: object, what: str) -> None:
    if not isinstance(state, str) or state not in machine.moves:
        known = ", ".join(repr(one) for one in machine.moves)
        raise Problem(BadRequestData, f"{state!r} is no {machine.member} of {what}; there are {known}.")
