"""Messages that are none: requests that cannot be read, and responses that cannot be sent."""

from beffroi.kernel.problem import InvalidRequest, Problem


class Refused(Exception):
    """A request that is none: `status` and a sentence for the client; the connection ends with it."""

    def __init__(self, status: int, sentence: str) -> None:
        super().__init__(sentence)
        self.status, self.sentence = status, sentence

    @property
    def problem(self) -> Problem:
        """The same for whoever reads the body of a request that breaks off like this."""
        return Problem(InvalidRequest, self.sentence, {"connection": "close"})


class Unsendable(Exception):
    """A response whose head would not be one: a line break or a strange letter in a header."""
