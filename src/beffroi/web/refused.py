"""Messages that are none: requests that cannot be read, and responses that cannot be sent."""

from typing import Final
from urllib.parse import unquote

from beffroi.kernel.problem import Problem, ProblemKind
from beffroi.web.message import Request

CLOSE: Final = {"connection": "close"}


class Refused(Exception):
    """A request that is none: the connection ends with it. `target` is what is known of its target, as it
    came; it is empty where the request line cannot be read."""

    def __init__(self, kind: ProblemKind, sentence: str, target: bytes = b"") -> None:
        super().__init__(sentence)
        self.problem: Final = Problem(kind, sentence, CLOSE)
        self.target = target

    @property
    def request(self) -> Request:
        """As much of the request as tells in which shape it is refused: the path."""
        return Request("", path_in(self.target))


def path_in(target: bytes) -> str:
    """The decoded path of a target in which anything may be wrong; empty if there is none.

    >>> path_in(b"/caf%C3%A9/%ff?q=1#a"), path_in(b"http://city.example/a"), path_in(b"ftp")
    ('/café/\ufffd', '/a', '')
    """
    raw = target.partition(b"?")[0].partition(b"#")[0]
    if not raw.startswith(b"/"):
        _, slash, path = raw.partition(b"://")[2].partition(b"/")
        raw = slash + path
    return unquote(raw.decode("ascii", "replace"), errors="replace")


class Unsendable(Exception):
    """A response whose head would not be one: a line break or a strange letter in a header."""
