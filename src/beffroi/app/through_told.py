"""What the addresses of outside services behind the gate take and give, for the description of the node."""

from typing import Final

from beffroi.app.through import PACE, THROUGH_ROUTES
from beffroi.web.description import Answer, Chapter, Content, Row, Told, sentence_of
from beffroi.web.limits import BODY_LIMIT

_ANY: Final = Content(("*/*",), {})


def _tell(row: Row) -> Told:
    answers = (
        Answer(200, "What the service answers, as it comes.", _ANY, ("RateLimit", "RateLimit-Policy")),
    )
    return Told(
        sentence_of(row),
        (),
        _ANY if row.method == "POST" else None,
        answers,
        body_required=False,
        bought=True,
    )


THROUGH_CHAPTER: Final = Chapter(
    name="Services behind the gate",
    about="Services elsewhere that are sold here. A token for the product is needed; what follows it in "
    "the path, also where that has more segments, is the path that the service is asked with. POST passes "
    f"where it was bought. A body may have {BODY_LIMIT:,} bytes, an answer {PACE.most_bytes:,}; each may "
    f"take {PACE.whole_s:g} seconds.",
    prefix="",
    rows=THROUGH_ROUTES,
    tell=_tell,
    problem=Content(("text/plain",), {"type": "string"}),
    path={
        "product": {"schema": {"type": "string", "minLength": 1}, "description": "The id of the product."},
        "path": {"schema": {"type": "string", "minLength": 1}, "description": "A path of the service."},
    },
)
