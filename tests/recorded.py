"""Which query parameters a handler looks at, recorded as it looks."""

from typing import Any

from typing_extensions import override

from beffroi.web.message import Request


class Recorded(dict[str, str]):
    """The parameters of a request that has none; `seen` are the names that were looked for."""

    def __init__(self) -> None:
        super().__init__()
        self.seen = set[str]()

    @override
    def get(self, name: str, default: Any = None) -> Any:
        self.seen.add(name)
        return super().get(name, default)

    @override
    def __getitem__(self, name: str) -> str:
        self.seen.add(name)
        return super().__getitem__(name)

    @override
    def __contains__(self, name: object) -> bool:
        self.seen.add(str(name))
        return super().__contains__(name)


def recorded(request: Request) -> Recorded:
    """From now on this request notes what is looked for."""
    request._parameters = found = Recorded()
    return found


def declared(document: Any, path: str, method: str) -> set[str]:
    """The query parameters of an operation of an OpenAPI document."""
    given = document["paths"][path][method].get("parameters", [])
    known = document["components"]["parameters"]
    whole = [known[one["$ref"].rpartition("/")[2]] if "$ref" in one else one for one in given]
    return {one["name"] for one in whole if one["in"] == "query"}
