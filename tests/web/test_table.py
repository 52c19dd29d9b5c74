"""The table of rows: what it refuses at the start of a node."""

import pytest

from beffroi.web.message import Request, Response
from beffroi.web.paths import Arguments
from beffroi.web.routing import Route, Table, plain_problem


async def _here(_: None, __: Request, ___: Arguments) -> Response:
    return Response(204, {}, b"")


@pytest.mark.parametrize(
    ("path", "other"), [("/a", "/a"), ("/a/{id}", "/a/{name}"), ("/a", "/a/"), ("/a/{id}/b", "/a/{name}/b")]
)
def test_two_rows_with_one_method_and_path_are_refused(path: str, other: str) -> None:
    table = Table()
    table.mount("/x", [Route("GET", path, _here, "1")], None, plain_problem)
    table.mount("/x", [Route("PUT", other, _here, "1")], None, plain_problem)
    with pytest.raises(ValueError, match=f"Two rows answer GET of '/x{other}'"):
        table.mount("/x", [Route("GET", other, _here, "2")], None, plain_problem)
