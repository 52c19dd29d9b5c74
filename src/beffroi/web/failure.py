"""A failure of ours while a request was answered."""

from beffroi.web.message import Response


class Failure(Exception):
    """An error that is ours: `response` is what the client gets, the cause is for the log. It is
    given, because compiled code raises without one (docs/adr/0010-compiled.md)."""

    def __init__(self, response: Response, cause: Exception) -> None:
        super().__init__("unexpected failure")
        self.response, self.__cause__ = response, cause
