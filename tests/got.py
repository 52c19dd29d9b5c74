"""What a node answers to a client that asks it without a server."""

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Got:
    status: int
    headers: Mapping[str, str]
    text: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.text)

    @property
    def names(self) -> list[str]:
        """Those of the documents of a list."""
        return [document["name"] for document in self.json]
