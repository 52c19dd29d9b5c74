"""Numbers, units and moments of foreign systems, read exactly or refused."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from beffroi.kernel.instant import datetime_of
from beffroi.kernel.problem import Problem
from beffroi.kernel.unit import BY_NAME, check_same_quantity, converted, unit_of
from beffroi.sources.rules.mapping.moment import day_of, moment_of, zone_of
from beffroi.sources.rules.mapping.number import number_of, plain

PARIS = zone_of("Europe/Paris")


@pytest.mark.parametrize(
    ("written", "mark", "number"),
    [
        ("12", "auto", "12"),
        (" 12,5 ", "auto", "12.5"),
        ("-0,5", "auto", "-0.5"),
        ("1 234 567,89", "auto", "1234567.89"),
        ("1\u202f234,5", "auto", "1234.5"),
        ("1'234.5", "auto", "1234.5"),
        ("1.234,5", "auto", "1234.5"),
        ("1,234.5", "auto", "1234.5"),
        ("1.234.567", "auto", "1234567"),
        ("1,234,567", ".", "1234567"),
        ("1,234", ".", "1234"),
        ("1.234", ",", "1234"),
        ("1e3", "auto", "1e3"),
        (3.1, "auto", "3.1"),
        (7, "auto", "7"),
    ],
)
def test_a_number_is_read_exactly(written: object, mark: str, number: str) -> None:
    assert number_of(written, mark) == Decimal(number)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "written",
    ["", "12 kW", "1,2,3", "1.2.3,4", "0x10", "NaN", "inf", True, None, [], "1 23", "9" * 41, "1e400", "١٢"],
)
def test_what_is_no_number_is_refused(written: object) -> None:
    with pytest.raises(Problem):
        number_of(written)  # type: ignore[arg-type]


@given(st.decimals(-(10**12), 10**12, allow_nan=False, places=3))
def test_a_number_with_decimal_comma_and_groups_reads_as_itself(number: Decimal) -> None:
    french = f"{number:,}".replace(",", "\u202f").replace(".", ",")
    assert number_of(french) == number
    assert number_of(f"{number:,}", ".") == number


@given(st.floats(-1e15, 1e15, allow_nan=False))
def test_a_json_number_comes_out_as_it_went_in(number: float) -> None:
    assert plain(number_of(number)) == number


@given(
    st.sampled_from(sorted(BY_NAME)), st.sampled_from(sorted(BY_NAME)), st.decimals(-10_000, 10_000, places=2)
)
def test_a_unit_converted_there_and_back_is_the_same(one: str, other: str, number: Decimal) -> None:
    first, second = unit_of(one), unit_of(other)
    if first.quantity != second.quantity:
        with pytest.raises(Problem):
            check_same_quantity(first, second)
        return
    back = converted(converted(number, first, second), second, first)
    assert abs(back - number) < Decimal("1e-15")


def test_temperatures_have_their_zero() -> None:
    assert converted(Decimal("32"), unit_of("°F"), unit_of("°C")) == 0
    assert converted(Decimal("0"), unit_of("CEL"), unit_of("KEL")) == Decimal("273.15")


@pytest.mark.parametrize(
    ("written", "layout", "moment"),
    [
        ("2022-11-29T10:47:16.181+00:00", "iso", "2022-11-29T10:47:16.181000Z"),
        ("2022-11-29 10:47:16+0100", "iso", "2022-11-29T09:47:16.000000Z"),
        ("2022-11-29 10:47", "iso", "2022-11-29T09:47:00.000000Z"),
        ("2022-07-29T10:47:16", "iso", "2022-07-29T08:47:16.000000Z"),
        ("29/11/2022 11:47:00", "%d/%m/%Y %H:%M:%S", "2022-11-29T10:47:00.000000Z"),
        ("29/11/2022 11:47 +0200", "%d/%m/%Y %H:%M %z", "2022-11-29T09:47:00.000000Z"),
        (1669718836, "epoch", "2022-11-29T10:47:16.000000Z"),
        ("1669718836181", "epoch-ms", "2022-11-29T10:47:16.181000Z"),
    ],
)
def test_a_moment_is_read(written: object, layout: str, moment: str) -> None:
    assert moment_of(written, layout, PARIS) == moment  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("written", "why"),
    [
        ("2026-03-29T02:30:00", "does not exist"),
        ("2026-10-25T02:30:00", "exists twice"),
        ("2026-13-01T00:00:00", "is not a moment"),
        ("hier", "is not a moment"),
        (True, "is not a moment"),
        ("9999-12-31T23:59:59", "is not a moment"),
    ],
)
def test_a_moment_that_clocks_do_not_show_once_is_refused(written: object, why: str) -> None:
    zone = zone_of("America/New_York") if why == "is not a moment" else PARIS
    with pytest.raises(Problem, match=why):
        moment_of(written, "iso", zone)  # type: ignore[arg-type]


def test_a_local_moment_without_declared_zone_is_refused() -> None:
    with pytest.raises(Problem, match="has no zone"):
        moment_of("2022-11-29T10:47:16")


def test_a_repeated_hour_is_what_the_mapping_declares() -> None:
    assert moment_of("2026-10-25T02:30:00", "iso", PARIS, "earlier") == "2026-10-25T00:30:00.000000Z"
    assert moment_of("2026-10-25T02:30:00", "iso", PARIS, "later") == "2026-10-25T01:30:00.000000Z"


@given(
    st.datetimes(datetime(1990, 1, 1), datetime(2037, 12, 31)),
    st.sampled_from(
        ["Europe/Paris", "America/St_Johns", "Asia/Kathmandu", "Pacific/Apia", "Africa/Casablanca"]
    ),
)
def test_a_local_moment_is_refused_or_reads_back_as_written(local: datetime, zone_name: str) -> None:
    zone = zone_of(zone_name)
    written = local.replace(microsecond=0).isoformat()
    offsets = {local.replace(tzinfo=zone, fold=fold).utcoffset() for fold in (0, 1)}
    if len(offsets) == 2:
        with pytest.raises(Problem):
            moment_of(written, "iso", zone)
        return
    found = datetime_of(moment_of(written, "iso", zone))
    assert found.astimezone(zone).replace(tzinfo=None) == local.replace(microsecond=0)


@given(st.datetimes(datetime(1971, 1, 1), datetime(2100, 1, 1)), st.integers(-14 * 60, 14 * 60))
def test_a_moment_with_offset_is_the_same_moment(local: datetime, minutes: int) -> None:
    sign, size = ("-" if minutes < 0 else "+"), abs(minutes)
    written = f"{local.replace(microsecond=0).isoformat()}{sign}{size // 60:02}:{size % 60:02}"
    expected = local.replace(microsecond=0, tzinfo=UTC) - timedelta(minutes=minutes)
    assert datetime_of(moment_of(written)) == expected


def test_a_day_is_a_day() -> None:
    assert day_of("2019-05-04") == "2019-05-04"
    with pytest.raises(Problem):
        day_of("2019-02-30")


@pytest.mark.parametrize("name", ["Europe/Lille", "../../etc/passwd", "", "a\0b"])
def test_an_unknown_zone_is_refused(name: str) -> None:
    with pytest.raises(Problem, match="not known"):
        zone_of(name)
