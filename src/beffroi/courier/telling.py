"""Which facts of the courier an operator reads in the log: what was given up, and what goes wrong."""

import logging

from beffroi.courier.outcome import Crashed, Fact, GivenUp, StoreFailed, Tell


def log_facts(log: logging.Logger) -> Tell:
    """Deliveries and postponements are everyday life: they are not logged."""

    def tell(fact: Fact) -> None:
        match fact:
            case GivenUp(lane, number, reason):
                log.warning("Event %d of lane '%s' is a dead letter now: %s", number, lane, reason)
            case Crashed(lane, failure):
                log.error("What is done with lane '%s' crashed.", lane, exc_info=failure)
            case StoreFailed(reason):
                log.error("The courier waits for the store: %s", reason)
            case _:
                return

    return tell
