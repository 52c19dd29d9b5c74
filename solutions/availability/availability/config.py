"""The configuration: one JSON file, described in the README."""

import json
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from availability.trouble import Unusable

MEMBERS = {
    "node", "mapping", "state", "tokenUrl", "clientId", "clientSecret", "resultsToken", "purpose",
    "listen", "callback", "pollSeconds", "resultSeconds",
}  # fmt: skip


@dataclass(frozen=True)
class Config:
    """`node` is the city's address; secrets may come from the environment instead (SOLUTION_SECRET,
    SOLUTION_RESULTS_TOKEN). Without `listen` there are no subscriptions, only polling."""

    node: str
    mapping: Path
    state: Path
    token_url: str = ""
    client_id: str = ""
    client_secret: str = ""
    results_token: str = ""
    purpose: str = ""
    listen: str = ""
    callback: str = ""
    poll_seconds: float = 60.0
    result_seconds: float = 10.0


def read_config(path: Path) -> Config:
    """Raises Unusable with a sentence."""
    try:
        said: Any = json.loads(path.read_text("utf-8"))
    except (OSError, ValueError) as failure:
        raise Unusable(f"The configuration '{path}' cannot be read: {failure}") from failure
    if not isinstance(said, dict):
        raise Unusable(f"The configuration '{path}' is no JSON object.")
    strange = sorted(set(said) - MEMBERS)
    if strange:
        raise Unusable(f"The configuration has the member '{strange[0]}', which means nothing.")
    node = str(said.get("node", "")).rstrip("/").removesuffix("/ngsi-ld/v1")
    if not node.startswith(("http://", "https://")):
        raise Unusable(f"'node' is '{node}', no web address.")
    for name in ("mapping", "state"):
        if not isinstance(said.get(name), str):
            raise Unusable(f"'{name}' is missing: the path of a file.")
    return Config(
        node=node,
        mapping=path.parent / said["mapping"],
        state=path.parent / said["state"],
        token_url=str(said.get("tokenUrl", f"{node}/oauth/token")),
        client_id=str(said.get("clientId", "")),
        client_secret=str(said.get("clientSecret", os.environ.get("SOLUTION_SECRET", ""))),
        results_token=str(said.get("resultsToken", os.environ.get("SOLUTION_RESULTS_TOKEN", ""))),
        purpose=str(said.get("purpose", "")),
        listen=str(said.get("listen", "")),
        callback=str(said.get("callback", "")),
        poll_seconds=_seconds(said, "pollSeconds", 60.0),
        result_seconds=_seconds(said, "resultSeconds", 10.0),
    )


def _seconds(said: dict[str, Any], name: str, usual: float) -> float:
    value = said.get(name, usual)
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0.1 <= value <= 86_400:
        raise Unusable(f"'{name}' is {value!r}, no number of seconds from 0.1 to 86400.")
    return float(value)
