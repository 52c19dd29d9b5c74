"""Lines of the gate's journal say again what was counted, however their JSON is written."""

import json
from random import Random

from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernel.instant import Instant
from beffroi.market.rules.access.journal_line import line_of, tallied

COUNTS = st.tuples(*[st.sampled_from([0, 1, 20, 10**14])] * 4)
DAYS = ("2026-11-22", "2026-11-23")
MOMENTS = st.tuples(st.sampled_from(DAYS), st.sampled_from(["00:00:00.000000", "13:49:59.999999"])).map(
    lambda pair: Instant(f"{pair[0]}T{pair[1]}Z")
)
PRODUCTS = st.sampled_from(["7", "urn:product:1", "gr\u00fcn", 'a"b', "a\\b"])
PATHS = st.sampled_from(["/ngsi-ld/v1/entities/{id}", "/ogc/collections/x", '/o"', ""])
LINES = st.lists(st.tuples(PRODUCTS, MOMENTS, PATHS, COUNTS), max_size=12)


@given(LINES)
def test_what_was_counted_is_read_again(
    said: list[tuple[str, Instant, str, tuple[int, int, int, int]]],
) -> None:
    lines = [line_of(product, at, "GET", path, 200, counted) for product, at, path, counted in said]
    found, damaged = tallied(lines)
    assert damaged == []
    assert found == tallied([json.dumps(json.loads(line)).encode() for line in lines])[0]
    expected: dict[tuple[str, str], list[tuple[Instant, tuple[int, int, int, int]]]] = {}
    for product, at, _, counted in said:
        if any(counted):
            expected.setdefault((product, at[:10]), []).append((at, counted))
    assert list(found) == list(expected)
    for whose, own in expected.items():
        moments, sums = [at for at, _ in own], [sum(each) for each in zip(*(c for _, c in own), strict=True)]
        assert (found[whose].first, found[whose].last) == (min(moments), max(moments))
        assert list(found[whose].counted.values()) == sums


def test_a_line_that_is_cut_short_is_damaged_wherever_it_ends() -> None:
    line = line_of("7", Instant("2026-11-22T13:49:00.123456Z"), "GET", "/ogc/types", 200, (1, 20, 1_500, 0))
    whole = tallied([line])[0]
    for end in range(len(line)):
        for cut in (line[:end], line[-end:] if end else b""):
            assert tallied([line, cut])[1] == [cut]
            assert tallied([line, cut])[0] == whole
            assert tallied([cut])[1] == [cut]


def test_a_line_says_the_same_alone_and_after_those_that_are_like_it() -> None:
    """What comes again is decoded once: that changes nothing, not even where bytes are damaged."""
    random, told, refused = Random(7), 0, 0
    for _ in range(300):
        lines: list[bytes] = []
        for number in range(20):
            at = Instant(f"2026-11-22T13:49:0{random.choice('01')}.{random.randrange(10**6):06}Z")
            size = random.choice([0, 1, 7, 1_500, 10**14])
            counted = (1, random.choice([1, 20]), size, 0 if number % 5 else random.choice([0, 2]))
            line = line_of(random.choice("78"), at, "GET", "/ngsi-ld/v1/entities/{id}", 200, counted)
            if not random.randrange(3):
                place = random.randrange(len(line))
                line = (
                    line[:place]
                    + random.choice([b"", b"0", b"9", b"}", b'"', b"Z", b"-", b"\xff"])
                    + line[place + 1 :]
                )
            lines.append(line)
        together, damaged = tallied(lines)
        alone = [tallied([line]) for line in lines]
        assert damaged == [line for _, one in alone for line in one]
        sums: dict[tuple[str, str], list[int]] = {}
        for found, _ in alone:
            for whose, tally in found.items():
                before = sums.get(whose, [0, 0, 0, 0])
                sums[whose] = [old + new for old, new in zip(before, tally.counted.values(), strict=True)]
        assert {whose: list(tally.counted.values()) for whose, tally in together.items()} == sums
        told, refused = told + len(lines) - len(damaged), refused + len(damaged)
    assert min(told, refused) > 500
