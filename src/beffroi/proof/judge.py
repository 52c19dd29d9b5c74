"""Judge a recording: a pure function from what was seen to verdicts, the same for everybody."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from beffroi.proof.examine import Examination, examine
from beffroi.proof.exchange import NOT_ASKED, Exchange, Recording, Request
from beffroi.proof.overtime import over_time
from beffroi.proof.register import Register, Requirement
from beffroi.proof.statement import state
from beffroi.proof.verdict import Finding, Judged, Outcome, Report, Sentence, Verdict

LONGEST_VALUE = 200
_MOST_SENTENCES = 4


def judge(register: Register, recording: Recording) -> Report:
    """Run the probes over the recorded exchanges and conclude by the rules of the register.

    No network, no clock: the same recording and register give the same report anywhere.
    """
    examination = replayed(recording)
    seen = examination.findings
    if examination.judged:
        seen = (*seen, over_time(recording))
    findings = tuple(_judged(register, finding) for finding in seen)
    verdicts: dict[str, Verdict] = {}
    for requirement in sorted(register.requirements, key=lambda entry: bool(entry.derived)):
        verdicts[requirement.id] = _verdict(register, requirement, findings, verdicts)
    in_order = [verdicts[requirement.id] for requirement in register.requirements]
    required = tuple(verdict for verdict in in_order if verdict.level == "SHALL")
    return Report(
        url=recording.url,
        mim_set=register.mim_set,
        register_version=register.version,
        family=examination.family,
        base=examination.base,
        found=examination.found,
        statement=state(required),
        verdicts=required,
        advice=tuple(verdict for verdict in in_order if verdict.level != "SHALL"),
        findings=findings,
        recording=recording,
    )


def replayed(recording: Recording) -> Examination:
    """Answer the requests of the probes from the recording; what is not in it was not asked."""
    return _replayed(recording)[0]


@dataclass(frozen=True, slots=True)
class Gaps:
    """Where a recording is not what the probes ask for: numbers of exchanges that they never ask, and
    requests that they ask and that are not recorded."""

    never_asked: tuple[int, ...]
    not_recorded: tuple[Request, ...]


def gaps(recording: Recording) -> Gaps:
    """Where a recording and the probes do not fit: nothing in what a check recorded that was not stopped."""
    return _replayed(recording)[1]


def _replayed(recording: Recording) -> tuple[Examination, Gaps]:
    waiting: dict[Request, list[Exchange]] = {}
    for exchange in recording.exchanges:
        waiting.setdefault(exchange.request, []).append(exchange)
    missing: list[Request] = []
    examination = examine(recording.url, recording.area)
    try:
        request = next(examination)
        while True:
            recorded = waiting.get(request)
            if not recorded:
                missing.append(request)
            request = examination.send(recorded.pop(0) if recorded else Exchange(0, request, NOT_ASKED))
    except StopIteration as end:
        never = sorted(exchange.number for left in waiting.values() for exchange in left)
        return _returned(end.value), Gaps(tuple(never), tuple(missing))


def _returned(value: object) -> Examination:
    if not isinstance(value, Examination):
        raise TypeError("An examination ends with an Examination.")
    return value


def _judged(register: Register, finding: Finding) -> Judged:
    case = register.case(finding.test, finding.case)
    return Judged(
        id=finding.test,
        case=finding.case,
        rule=register.version,
        outcome=case.outcome,
        reason=filled(case.reason, finding.values),
        repair=filled(case.repair, finding.values) if case.repair else None,
        evidence=finding.evidence,
    )


def filled(sentence: Sentence, values: Mapping[str, str]) -> Sentence:
    """Put values into a sentence; they come from the checked server and are cut to a length."""
    short = _Known(
        {name: "".join(c for c in value if c.isprintable())[:LONGEST_VALUE] for name, value in values.items()}
    )
    return Sentence(sentence.en.format_map(short), sentence.fr.format_map(short))


class _Known(dict[str, str]):
    def __missing__(self, key: str) -> str:
        return "?"


def _verdict(
    register: Register, requirement: Requirement, findings: tuple[Judged, ...], earlier: Mapping[str, Verdict]
) -> Verdict:
    if requirement.derived:
        return _derived(register, requirement, earlier)
    decided = _decided(requirement, findings)
    if decided is None:
        return _otherwise(register, requirement, findings)
    outcome, because = decided
    if not because:
        return _worded(requirement, outcome, register.case("shared", "not-run").reason, ())
    if outcome is Outcome.FAIL and requirement.level != "SHALL":
        outcome = Outcome.ADVICE
    return _concluded(requirement, outcome, because)


def _decided(requirement: Requirement, findings: tuple[Judged, ...]) -> tuple[Outcome, list[Judged]] | None:
    """The outcome and the findings it rests on; None when no test of the requirement says anything."""
    needed = [*requirement.all, *requirement.any]
    of = {test: [f for f in findings if f.id == test] for test in (*needed, *requirement.spoils)}
    if not any(of[test] for test in needed):
        spoiling = [f for test in requirement.spoils for f in of[test] if f.outcome is Outcome.FAIL]
        return (Outcome.FAIL, spoiling) if spoiling else None
    outcomes = {test: of_test(of[test]) for test in of}
    chosen = _any_outcome([outcomes[test] for test in requirement.any])
    fails = [test for test in (*requirement.all, *requirement.spoils) if outcomes[test] is Outcome.FAIL]
    if fails or chosen is Outcome.FAIL:
        culprits = (*fails, *(requirement.any if chosen is Outcome.FAIL else ()))
        return Outcome.FAIL, [f for test in culprits for f in of[test] if f.outcome is Outcome.FAIL]
    every = [*(outcomes[test] for test in requirement.all), *([chosen] if chosen else [])]
    outcome = _every_outcome(every)
    if outcome is Outcome.ADVICE and requirement.level == "SHALL":
        return None
    return outcome, [f for test in needed for f in of[test] if f.outcome is outcome]


def of_test(findings: list[Judged]) -> Outcome | None:
    """A test that looked at several collections: one failure decides, else one success."""
    seen = {finding.outcome for finding in findings}
    order = (Outcome.FAIL, Outcome.ADVICE, Outcome.PASS, Outcome.INCONCLUSIVE, Outcome.NOT_APPLICABLE)
    return next((outcome for outcome in order if outcome in seen), None)


def _any_outcome(outcomes: list[Outcome | None]) -> Outcome | None:
    order = (Outcome.PASS, Outcome.FAIL, Outcome.INCONCLUSIVE, Outcome.ADVICE, Outcome.NOT_APPLICABLE)
    return next((outcome for outcome in order if outcome in outcomes), None)


def _every_outcome(outcomes: list[Outcome | None]) -> Outcome:
    if None in outcomes or Outcome.INCONCLUSIVE in outcomes:
        return Outcome.INCONCLUSIVE
    if Outcome.ADVICE in outcomes:
        return Outcome.ADVICE
    return Outcome.PASS if Outcome.PASS in outcomes else Outcome.NOT_APPLICABLE


def _otherwise(register: Register, requirement: Requirement, findings: tuple[Judged, ...]) -> Verdict:
    """No test spoke: what the register says then, unless the whole address could not be judged."""
    blocked = [finding for finding in findings if finding.id == "family"]
    refused = [finding for finding in findings if finding.case == "needs-access"]
    if requirement.restricted and refused:
        case = register.case("restricted", "restricted")
        return _worded(requirement, case.outcome, case.reason, _evidence(refused))
    if requirement.restricted and not any(
        f.id == "data-readable" and f.outcome is Outcome.PASS for f in findings
    ):
        case = register.case("shared", "not-run")
        return _worded(requirement, case.outcome, case.reason, ())
    if requirement.otherwise is Outcome.ATTEST or (requirement.otherwise and not blocked):
        return _worded(requirement, requirement.otherwise, requirement.otherwise_reason, ())
    if blocked:
        return _concluded(requirement, Outcome.INCONCLUSIVE, blocked)
    case = register.case("shared", "not-run")
    return _worded(requirement, case.outcome, case.reason, ())


def _derived(register: Register, requirement: Requirement, verdicts: Mapping[str, Verdict]) -> Verdict:
    """What rests on other MIMs: on their SHALL requirements that can be judged."""
    own = {requirement.id}
    below = [
        v
        for v in verdicts.values()
        if v.mim in requirement.derived and v.level == "SHALL" and v.requirement not in own
    ]
    failed = [v.requirement for v in below if v.outcome is Outcome.FAIL]
    still_open = [v.requirement for v in below if v.outcome is Outcome.INCONCLUSIVE]
    values = {
        "mims": " + ".join(requirement.derived),
        "failed": ", ".join(failed),
        "open": ", ".join(still_open),
    }
    case = register.case("derived", "some-fail" if failed else "some-open" if still_open else "all-pass")
    return _worded(requirement, case.outcome, filled(case.reason, values), ())


def _concluded(requirement: Requirement, outcome: Outcome, because: list[Judged]) -> Verdict:
    evidence = _evidence(because)
    repairs = [finding for finding in because if finding.repair]
    return replace(
        _worded(requirement, outcome, joined(because, lambda finding: finding.reason), evidence),
        repair=joined(repairs, lambda finding: finding.repair) if repairs else None,
        decided_by=tuple(dict.fromkeys(finding.id for finding in because)),
    )


def _evidence(findings: list[Judged]) -> tuple[int, ...]:
    return tuple(sorted({number for finding in findings for number in finding.evidence}))


def joined(findings: list[Judged], of: Callable[[Judged], Sentence | None]) -> Sentence:
    """Up to four different sentences, one after another."""
    sentences = list(dict.fromkeys(sentence for finding in findings if (sentence := of(finding))))
    more = len(sentences) - _MOST_SENTENCES
    shown = sentences[:_MOST_SENTENCES]
    ending = Sentence(f" (+{more})", f" (+{more})") if more > 0 else Sentence("", "")
    return Sentence(" ".join(s.en for s in shown) + ending.en, " ".join(s.fr for s in shown) + ending.fr)


def _worded(
    requirement: Requirement, outcome: Outcome, reason: Sentence, evidence: tuple[int, ...]
) -> Verdict:
    return Verdict(
        requirement=requirement.id,
        mim=requirement.mim,
        mim_set=requirement.mim_set,
        level=requirement.level,
        level_basis=requirement.basis,
        how=requirement.how,
        rule=requirement.rule,
        text=requirement.text,
        outcome=outcome,
        reason=reason,
        repair=None,
        evidence=evidence,
        decided_by=(),
    )
