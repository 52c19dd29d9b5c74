"""Run a check against a control server in process, at a fixed time."""

import asyncio
from datetime import UTC, datetime

from tests.proof.controls import HOST, Control, InProcess

from beffroi.proof import Area, Report, check

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)


def now() -> datetime:
    return NOON


def checked(control: Control, path: str = "/ogc", area: Area | None = None) -> Report:
    return asyncio.run(check(f"{HOST}{path}", fetch=InProcess(control), area=area, now=now))


def outcomes(report: Report) -> dict[str, str]:
    return {verdict.requirement: str(verdict.outcome) for verdict in report.verdicts}


def having(report: Report, outcome: str) -> set[str]:
    return {name for name, found in outcomes(report).items() if found == outcome}
