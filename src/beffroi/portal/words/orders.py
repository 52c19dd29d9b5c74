"""States of orders as people read them (TMF622)."""

from typing import Final

from beffroi.portal.words.language import Language

CLASSES: Final = {
    "completed": "good",
    "partial": "unsure",
    "pending": "unsure",
    "held": "unsure",
    "failed": "bad",
    "rejected": "bad",
    "cancelled": "bad",
}


def state_name(language: Language, state: str) -> str:
    """A state in words; the word itself for one that is not known."""
    say = language.say
    names = {
        "acknowledged": say("received"),
        "inProgress": say("being set up"),
        "pending": say("waits for the provider"),
        "held": say("held back"),
        "assessingCancellation": say("cancellation is being looked at"),
        "pendingCancellation": say("is being cancelled"),
        "cancelled": say("cancelled"),
        "completed": say("ready"),
        "partial": say("ready in part"),
        "failed": say("did not succeed"),
        "rejected": say("refused"),
    }
    return names.get(state, state)


def state_class(state: str) -> str:
    """The class of the tag in the style sheet."""
    return CLASSES.get(state, "")


def next_step(language: Language, state: str) -> str:
    """What happens now, and what the buyer can do."""
    say = language.say
    match state:
        case "completed":
            return say("Your access is ready. Its credentials are shown once, among your products.")
        case "pending" | "held":
            return say("The provider has to agree. You need not stay on this page.")
        case "partial":
            return say("A part of your order is ready, among your products.")
        case "failed" | "rejected":
            return say("Nothing was ordered and nothing is owed.")
        case "cancelled":
            return say("The order was cancelled. Nothing is owed for it.")
        case _:
            return say("This takes a moment. The page follows by itself.")
