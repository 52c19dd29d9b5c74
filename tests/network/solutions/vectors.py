"""The published examples of mapping expressions, which every implementation has to pass."""

import json
from pathlib import Path
from typing import Any

EXAMPLES = Path(__file__).parents[3] / "docs/reference/solution-mapping-examples.json"
VECTORS: list[Any] = json.loads(EXAMPLES.read_text())["examples"]
PARTS: list[Any] = json.loads(EXAMPLES.read_text())["parts"]
