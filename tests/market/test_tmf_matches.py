"""An index never hides a document that matches, and where it is called exact it shows no other."""

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from beffroi.market.rules.apis import RESOURCES
from beffroi.market.rules.documents.matches import matches
from beffroi.market.rules.documents.narrow import facets, narrow
from beffroi.market.rules.documents.question import Comparison
from beffroi.store.holds import holds, paths_of

OFFERING = RESOURCES["productOffering"]
WORDS = st.sampled_from(
    ["", "a", "A", "é", "1", "1.0", "01", "1e0", "-1", "true", "false", "null", "nan", "inf", "2026-01-01",
     "2026-01-01T00:00:00Z", "2026-01-01T01:00:00+01:00", "2026-01-01T00:00:00.5Z", "9" * 30]
)  # fmt: skip
LEAVES = st.one_of(
    WORDS, st.booleans(), st.none(), st.integers(-2, 2), st.sampled_from([0.5, 1.0, -0.0, 1e300, 2**53 + 1])
)
NAMES = st.sampled_from(["name", "place", "validFor", "@type", "extra"])
VALUES = st.recursive(
    LEAVES, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3)
)
PATHS = st.lists(NAMES, min_size=1, max_size=3).map(tuple)
COMPARISONS = st.builds(
    Comparison,
    PATHS,
    st.sampled_from(["==", "<", "<=", ">", ">="]),
    st.lists(WORDS, min_size=1, max_size=3).map(tuple),
)
CONDITIONS = st.lists(st.lists(COMPARISONS, min_size=1, max_size=2).map(tuple), max_size=2).map(tuple)


@settings(max_examples=600, deadline=None)
@given(st.dictionaries(NAMES, VALUES, max_size=4), CONDITIONS)
def test_the_index_and_the_meaning_agree(body: dict[str, Any], condition: Any) -> None:
    where, exact = narrow(OFFERING, condition)
    let_through = holds(where, list(facets(body, paths_of(where))), [], "x")
    means = matches(condition, body)
    assert let_through or not means
    if exact:
        assert let_through == means
