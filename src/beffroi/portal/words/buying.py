"""What the words of contracts and comparisons are called on the pages."""

from collections.abc import Mapping
from typing import Final

from beffroi.portal.words.language import Language
from beffroi.proof.register import load_register

STANDING_CLASSES: Final = {"fulfilled": "good", "failed": "bad", "open": "unsure", "decided": "attest"}
RESULT_CLASSES: Final = {
    "passed": "good",
    "failed": "bad",
    "open": "unsure",
    "unreachable": "unsure",
    "holds": "good",
    "differs": "unsure",
    "not-believed": "bad",
    "accepted": "good",
    "not accepted: failed": "bad",
    "in breach": "bad",
    "not reached": "unsure",
}


def requirement_names(language: Language) -> Mapping[str, str]:
    """What each requirement of the register says, by its id."""
    return {each.id: each.text.in_language(language.code) for each in load_register().requirements}


def clause_standing(language: Language, standing: str) -> str:
    """Whether a clause is fulfilled."""
    say = language.say
    names = {
        "fulfilled": say("fulfilled"),
        "failed": say("not fulfilled"),
        "open": say("open"),
        "decided": say("decided in writing"),
    }
    return names.get(standing, standing)


def run_outcome(language: Language, outcome: str) -> str:
    """What a run of a contract's tests brought."""
    say = language.say
    names = {
        "running": say("running"),
        "passed": say("passed"),
        "failed": say("not passed"),
        "open": say("something is open"),
        "unreachable": say("not reached"),
        "interrupted": say("could not be run"),
    }
    return names.get(outcome, outcome)


def contract_standing(language: Language, standing: str) -> str:
    """Where a contract stands."""
    say = language.say
    if standing.startswith("not accepted"):
        return say("not accepted yet")
    names = {
        "not tried": say("not tested yet"),
        "accepted": say("accepted"),
        "in breach": say("in breach"),
        "not reached": say("not reached at present"),
    }
    return names.get(standing, standing)


def breach_name(language: Language, what: str) -> str:
    """What a breach is of."""
    say = language.say
    names = {
        "verdict": say("A requirement is not met any more"),
        "interface": say("The interface changed without notice"),
        "unreachable": say("The service cannot be reached"),
    }
    return names.get(what, what)


def change_name(language: Language, kind: str) -> str:
    """What happened to a part of an interface."""
    say = language.say
    return {"gone": say("gone"), "changed": say("changed"), "new": say("new")}.get(kind, kind)


def result_name(language: Language, result: str) -> str:
    """What a comparison of a bidder's pack says."""
    say = language.say
    names = {
        "holds": say("The pack holds"),
        "differs": say("Verdicts differ"),
        "not-believed": say("The pack is not believed"),
    }
    return names.get(result, result)
