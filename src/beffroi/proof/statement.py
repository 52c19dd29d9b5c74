"""Initial, Partial or Full: one word for a check, always with the counts behind it."""

from __future__ import annotations

from collections import Counter

from beffroi.proof.verdict import Level, Outcome, Statement, Verdict


def state(verdicts: tuple[Verdict, ...]) -> Statement:
    """Count the verdicts on SHALL requirements.

    Testable is what passed, failed or stayed inconclusive. Full: all testable pass and nothing is
    left to attest. Partial: at least half of the testable pass. Else Initial. Where nothing passed
    or failed there is nothing to state.
    """
    counted = Counter(verdict.outcome for verdict in verdicts)
    passed, failed = counted[Outcome.PASS], counted[Outcome.FAIL]
    testable = passed + failed + counted[Outcome.INCONCLUSIVE]
    return Statement(
        level=_level(passed, failed, testable, counted[Outcome.ATTEST]),
        testable=testable,
        passed=passed,
        failed=failed,
        inconclusive=counted[Outcome.INCONCLUSIVE],
        not_applicable=counted[Outcome.NOT_APPLICABLE],
        attest=counted[Outcome.ATTEST],
    )


def _level(passed: int, failed: int, testable: int, attest: int) -> Level:
    """
    >>> _level(passed=6, failed=4, testable=12, attest=1).value
    'PARTIAL'
    """
    if passed + failed == 0:
        return Level.NONE
    if passed == testable and attest == 0:
        return Level.FULL
    return Level.PARTIAL if 2 * passed >= testable else Level.INITIAL
