"""Why a question to the database is broken off."""


class GivenUp(Exception):
    """Who asked waits no more."""


class Judged(Exception):
    """Documents would have to be looked at, or too many: that takes too long for the event loop."""
