"""Where a parser of a small language stands in a text; names as clause 4.6.2 defines them."""

from typing import NoReturn

from beffroi.kernel.problem import BadRequestData, Problem, TooComplexQuery

LONGEST_TEXT = 16_384
"""Characters that an expression may have."""


class Cursor:
    """A text that is read once from left to right. `what` names the parameter in error sentences."""

    __slots__ = ("at", "end", "text", "what")

    def __init__(self, text: str, what: str) -> None:
        """Raises Problem(TooComplexQuery) when the text is longer than LONGEST_TEXT."""
        if len(text) > LONGEST_TEXT:
            detail = f"The {what} has {len(text)} characters; at most {LONGEST_TEXT} are allowed."
            raise Problem(TooComplexQuery, detail)
        self.text = text
        self.what = what
        self.at = 0
        self.end = len(text)

    def peek(self) -> str:
        """The next character; an empty text at the end."""
        return self.text[self.at] if self.at < self.end else ""

    def skip(self, token: str) -> bool:
        """Go past `token` if it comes next."""
        if not self.text.startswith(token, self.at):
            return False
        self.at += len(token)
        return True

    def expect(self, token: str) -> None:
        """Go past `token`, which must come next."""
        if not self.skip(token):
            self.refuse(f"'{token}' is missing")

    def until(self, stops: str) -> str:
        """Read up to the first of the characters `stops`, which is not read, or to the end."""
        start = self.at
        while self.at < self.end and self.text[self.at] not in stops:
            self.at += 1
        return self.text[start : self.at]

    def name(self, expected: str) -> str:
        """Read a name of clause 4.6.2: a letter, then letters, numbers and underscores."""
        start = self.at
        if not self.peek().isalpha():
            self.refuse(f"{expected} is expected")
        while self.at < self.end and is_name_character(self.text[self.at]):
            self.at += 1
        return self.text[start : self.at]

    def finish(self) -> None:
        """Nothing may follow."""
        if self.at < self.end:
            self.refuse("nothing more is expected")

    def refuse(self, reason: str) -> NoReturn:
        """Raise Problem(BadRequestData) with the reason, the position and what stands there."""
        rest = self.text[self.at : self.at + 30]
        found = f"'{rest}' at character {self.at + 1}" if rest else "its end"
        raise Problem(BadRequestData, f"The {self.what} is not valid: {reason}, not {found}.")


def is_name_character(character: str) -> bool:
    """Clause 4.6.2: a letter, a number or an underscore."""
    return character.isalpha() or character.isnumeric() or character == "_"


def is_name(text: str) -> bool:
    """Whether this is a name of clause 4.6.2 without a prefix.

    >>> is_name("almostFull"), is_name("été_2"), is_name("2nd"), is_name("a-b")
    (True, True, False, False)
    """
    return text[:1].isalpha() and all(map(is_name_character, text))
