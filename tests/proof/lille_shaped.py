"""A portal shaped like Lille's, with its five known defects (simulated, every value invented)."""

from dataclasses import dataclass
from typing import Any

from tests.proof.asking import (
    Asked,
    answer,
    as_json,
    not_found,
)
from tests.proof.ogc_city import CORE

from beffroi.proof.exchange import Answer

LILLE = "/data/ogcapi"


@dataclass
class LilleShaped:
    """Invented values in the shape of the present portal: `records`, `@id`, two names, swapped x and y."""

    calls: int = 0

    def __call__(self, request: Asked) -> Answer:
        self.calls += 1
        if not request.path.startswith(LILLE):
            return not_found()
        match [part for part in request.path.removeprefix(LILLE).split("/") if part]:
            case []:
                return as_json({"title": "Portail simulé", "links": []})
            case ["conformance"]:
                return as_json({"conformsTo": [CORE]})
            case ["collections"]:
                names = ["ilevia:vlille_temps_reel", "environnement_energie:decheterie_fixe"]
                return as_json({"collections": [{"id": name, "title": name, "links": []} for name in names]})
            case ["collections", name, "items"]:
                return self._items(name.rpartition(":")[2], request.query)
            case ["collections", name, "items", wanted]:
                return self._one(name.rpartition(":")[2], wanted)
            case _:
                return not_found()

    def _items(self, name: str, query: dict[str, str]) -> Answer:
        rows = {"vlille_temps_reel": self._stations(), "decheterie_fixe": self._centres()}.get(name)
        if rows is None:
            return not_found()
        given = query.get("limit", "10")
        limit = int(given) if given.lstrip("-").isdigit() else 10
        if "bbox" in query:
            w, s, e, n = map(float, query["bbox"].split(","))
            points = [self._feature(name, row)["geometry"]["coordinates"] for row in rows]
            rows = [row for row, (x, y) in zip(rows, points, strict=True) if w <= x <= e and s <= y <= n]
        rows = rows if limit < 0 else rows[:limit]
        if query.get("f") == "geojson":
            features = [self._feature(name, row) for row in rows]
            return as_json({"type": "FeatureCollection", "features": features}, kind="application/geo+json")
        if query.get("f") == "csv":
            names = list(rows[0])
            lines = [";".join(names), *(";".join(str(row[n]) for n in names) for row in rows)]
            return answer(200, "\n".join(lines), "text/csv")
        return as_json({"records": rows})

    def _one(self, name: str, wanted: str) -> Answer:
        rows = {"vlille_temps_reel": self._stations(), "decheterie_fixe": self._centres()}.get(name, [])
        found = next((self._feature(name, row) for row in rows if row["@id"] == wanted), None)
        return as_json(found, kind="application/geo+json") if found else not_found()

    def _stations(self) -> list[dict[str, Any]]:
        return [
            {
                "@id": str(n),
                "nom": f"STATION {n}",
                "commune": "LILLE" if n % 2 else "ROUBAIX",
                "nb_velos_dispo": n,
                "x": 3.05 + n / 100,
                "y": 50.62 + n / 200,
            }
            for n in range(1, 9)
        ]

    def _centres(self) -> list[dict[str, Any]]:
        return [
            {"@id": str(n), "nom": f"DECHETERIE {n}", "x": 50.61 + n / 100, "y": 3.02 + n / 50}
            for n in range(1, 6)
        ]

    def _feature(self, name: str, row: dict[str, Any]) -> dict[str, Any]:
        x, y = (row["x"], row["y"]) if name == "vlille_temps_reel" else (row["y"], row["x"])
        return {
            "type": "Feature",
            "@typeName": name,
            "@id": row["@id"],
            "geometry": {"type": "Point", "@name": "geom", "@srs": "EPSG:4326", "coordinates": [x, y]},
            "properties": {key: value for key, value in row.items() if key != "@id"},
        }
