"""Bytes of a foreign answer to JSON, whatever their encoding; a web page instead of data is named."""

import re

from beffroi.kernel.json import Json, decode
from beffroi.kernel.problem import Problem, SourceFailed
from beffroi.kernel.text import text_of

_MARKUP = re.compile(rb"\s*<(?:!doctype|html|\?xml|head|body|!--)", re.IGNORECASE)

_ENDS_EARLY = "unexpected end of data"
"""What orjson says of JSON that is cut off, wherever that is."""


def json_of(body: bytes, content_type: str = "") -> Json:
    """JSON of a foreign answer; raises Problem(SourceFailed)."""
    check_no_page(body, content_type)
    try:
        return decode(text_of(body, content_type).encode())
    except Problem as problem:
        sentence = problem.detail.removeprefix("The body is not JSON: ")
        if sentence.startswith(_ENDS_EARLY):
            raise Problem(
                SourceFailed, "The answer ends before it is whole: its JSON is not closed."
            ) from problem
        raise Problem(SourceFailed, f"The answer is not JSON that can be trusted: {sentence}") from problem
    except UnicodeEncodeError as failure:
        raise Problem(SourceFailed, "The answer holds lone surrogates.") from failure


def check_no_page(body: bytes, content_type: str) -> None:
    """Raise Problem(SourceFailed) for a web page."""
    if is_page(body, content_type):
        raise Problem(SourceFailed, "The source answers with a web page or XML instead of data.")


def is_page(body: bytes, content_type: str) -> bool:
    """Whether an answer is meant for a browser."""
    return content_type.lower().startswith("text/html") or _MARKUP.match(body[:200]) is not None
