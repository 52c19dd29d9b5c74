"""Validate catalogues with the published DCAT-AP shapes: `python -m tests.market.shacl FOLDER ADDRESS ...`

FOLDER holds the `.ttl` files of `releases/3.0.1` of SEMICeu/DCAT-AP; an ADDRESS is a file or a URL in Turtle,
of which every page is read. Ends with 1 if there is a violation.
"""

import sys
from collections import Counter
from pathlib import Path

import pyshacl
from rdflib import RDF, SH, Graph, Namespace

HYDRA = Namespace("http://www.w3.org/ns/hydra/core#")


def shapes_of(file: Path) -> Graph:
    """The shapes of a file, without the property shapes that name no path: pyshacl stops at them."""
    shapes = Graph().parse(file)
    for holder, shape in list(shapes.subject_objects(SH.property)):
        if (shape, SH.path, None) not in shapes:
            shapes.remove((holder, SH.property, shape))
    return shapes


def data_of(address: str) -> Graph:
    """The catalogue at an address, all its pages in one graph."""
    whole, waiting, seen = Graph(), [address], set[str]()
    while waiting:
        at = waiting.pop()
        seen.add(at)
        page = Graph().parse(at, format="turtle")
        waiting += [str(each) for each in page.objects(None, HYDRA.nextPage) if str(each) not in seen]
        whole += page
    return whole


def findings(data: Graph, shapes: Graph) -> Counter[tuple[str, str, str]]:
    """How often which severity, path and constraint was found."""
    _, report, _ = pyshacl.validate(data, shacl_graph=shapes, advanced=False, inference="none")
    assert isinstance(report, Graph)
    found = Counter[tuple[str, str, str]]()
    for result in report.objects(None, SH.result):
        severity, path, kind = (
            str(report.value(result, each))
            for each in (SH.resultSeverity, SH.resultPath, SH.sourceConstraintComponent)
        )
        found[severity.rpartition("#")[2], path, kind.rpartition("#")[2]] += 1
    return found


def main(folder: str, *addresses: str) -> int:
    failed = False
    for file in sorted(Path(folder).glob("*.ttl")):
        shapes = shapes_of(file)
        if not list(shapes.subjects(RDF.type, SH.NodeShape)):
            continue
        for address in addresses:
            found = findings(data_of(address), shapes)
            counts = Counter[str]()
            for (severity, path, kind), number in found.items():
                counts[severity] += number
                print(f"    {severity} {number} x {path}: {kind}")
            failed = failed or counts["Violation"] > 0
            print(f"{file.name} {address}: {counts['Violation']} violations, {counts['Warning']} warnings")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
