"""What a city's attribute has to go through to become what is needed; with the reasons."""

import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from beffroi.kernel.json import Json
from beffroi.kernel.unit import BY_CODE, Unit
from beffroi.network.rules.solutions.expression import Expression, Path
from beffroi.network.rules.solutions.facts import AttributeFacts, TypeFacts
from beffroi.network.rules.solutions.kinds import will_do
from beffroi.network.rules.solutions.manifest import Attribute
from beffroi.network.rules.solutions.names import local, nearness, words
from beffroi.network.rules.solutions.reasons import Reason

NEAR: Final = 0.6
SURE: Final = 1.0
_COUNTED: Final = "C62"
_STATES: Final = (
    "working|open|ouvert|ouverte|en service|in service|operative|operational|active|ok|on|true|yes",
    "outOfService|out of service|outoforder|out of order|closed|ferme|fermee|hors service|hs|reforme|broken"
    "|fault|en panne|inactive|off|false|no",
    "available|libre|free|disponible|vacant",
    "charging|en charge",
    "occupied|occupe|busy|blocked|in use|taken|full|complet",
)
_RELATIONS: Final = (
    ("total slot", "sum", ("available bike", "available slot")),
    ("total slot", "sum", ("available slot", "occupied slot")),
    ("available slot", "difference", ("total slot", "occupied slot")),
    ("available slot", "difference", ("total slot", "available bike")),
    ("available bike", "difference", ("total slot", "available slot")),
    ("occupied slot", "difference", ("total slot", "available slot")),
    ("available total", "difference", ("total", "occupied")),
    ("occupied", "difference", ("total", "available total")),
    ("total", "sum", ("available total", "occupied")),
)
"""What is what of the rest, by the words of the names: a whole is the sum of its parts."""


@dataclass(frozen=True, slots=True)
class Derived:
    """A proposal: the expression, the attributes that go in, why; `sure` from 0 to 1.

    `as_it_is` says that the solution would find the value without any mapping."""

    expression: Expression
    inputs: tuple[AttributeFacts, ...]
    reasons: tuple[Reason, ...]
    sure: float
    as_it_is: bool = False


def derive(wanted: Attribute, found: TypeFacts) -> Derived | tuple[Reason, ...]:
    """The best way from a type's attributes to the wanted one; the reasons why there is none otherwise."""
    same = _same(wanted, found.attributes)
    if same is not None:
        made = _fitted(wanted, (same.name,), same, same.kind)
        if isinstance(made, Derived):
            exact = made.expression == Expression("from", ((same.name,),))
            return replace(made, as_it_is=exact)
        return _by_rest(wanted, found) or made
    return _by_name(wanted, found) or _by_rest(wanted, found) or (Reason("no-attribute"),)


def _same(wanted: Attribute, attributes: Mapping[str, AttributeFacts]) -> AttributeFacts | None:
    if wanted.uri:
        return attributes.get(wanted.uri)
    return next((each for each in attributes.values() if local(each.name) == wanted.name), None)


def _by_name(wanted: Attribute, found: TypeFacts) -> Derived | None:
    """The attribute, or the member of an object, whose name says the same most nearly."""
    best: Derived | None = None
    for each in found.attributes.values():
        for path, kind, name in _places(each):
            near = nearness(wanted.name, name)
            made = _fitted(wanted, path, each, kind) if near >= NEAR else None
            if isinstance(made, Derived) and (best is None or near > best.sure):
                best = replace(made, reasons=(_why(wanted, each, path), *made.reasons), sure=near)
    return best


def _places(found: AttributeFacts) -> Iterable[tuple[Path, str, str]]:
    yield (found.name,), found.kind, found.name
    for member, kind in found.members.items():
        yield (found.name, member), kind, member


def _why(wanted: Attribute, found: AttributeFacts, path: Path) -> Reason:
    if len(path) > 1:
        return Reason("member", {"found": f"{local(found.name)}.{local(path[-1])}"})
    both = sorted(words(wanted.name) & words(found.name))
    return Reason("other-name", {"found": local(found.name), "words": ", ".join(both)})


def _by_rest(wanted: Attribute, found: TypeFacts) -> Derived | None:
    """A sum of parts, or what is left of a whole."""
    if wanted.kind not in {"integer", "number"}:
        return None
    meaning = words(wanted.name)
    for whole, how, parts in _RELATIONS:
        if frozenset(whole.split()) == meaning and (inputs := _all_of(parts, found)):
            made = _fitted(wanted, (inputs[0].name,), inputs[0], inputs[0].kind)
            if isinstance(made, Derived) and len({each.unit for each in inputs}) == 1:
                paths = tuple((each.name,) for each in inputs)
                between = " + " if how == "sum" else " − "
                named = between.join(local(each.name) for each in inputs)
                reasons = (Reason(how, {"found": named}), *made.reasons)
                return Derived(replace(made.expression, source=how, paths=paths), inputs, reasons, NEAR)
    return None


def _all_of(parts: Sequence[str], found: TypeFacts) -> tuple[AttributeFacts, ...]:
    numeric = [each for each in found.attributes.values() if each.kind in {"integer", "number"}]
    chosen = [
        next((each for each in numeric if words(each.name) == frozenset(part.split())), None)
        for part in parts
    ]
    kept = tuple(each for each in chosen if each is not None)
    return kept if len(kept) == len(parts) else ()


def _fitted(wanted: Attribute, path: Path, found: AttributeFacts, kind: str) -> Derived | tuple[Reason, ...]:
    """One attribute made to fit in kind, unit and words."""
    expression, reasons = Expression("from", (path,)), list[Reason]()
    if kind == "list" and wanted.kind == "integer":
        reason = Reason("count-of", {"found": local(found.name)})
        return Derived(Expression("count", (path,)), (found,), (reason,), SURE)
    if not will_do(kind, wanted.kind):
        change = _changed_kind(wanted.kind, kind, found)
        values = {"found": kind or "null", "needed": wanted.kind}
        if not change:
            return (Reason("kind-apart", values),)
        expression = replace(expression, kind=change)
        reasons.append(Reason("kind", values))
    if wanted.unit:
        made = _in_unit(wanted, found, expression)
        if isinstance(made, Reason):
            return (made,)
        expression, said = made
        reasons += said
    if wanted.values:
        expression, said = _in_words(wanted, found, expression)
        reasons += said
    return Derived(expression, (found,), tuple(reasons), SURE)


def _changed_kind(wanted: str, kind: str, found: AttributeFacts) -> str:
    match wanted, kind:
        case "integer", "number":
            return "integer"
        case "number" | "integer", "text" if found.words and all(map(_is_number, found.words)):
            return wanted
        case "text", "integer" | "number" | "boolean":
            return "text"
        case _:
            return ""


def _in_unit(
    wanted: Attribute, found: AttributeFacts, expression: Expression
) -> tuple[Expression, list[Reason]] | Reason:
    needed = BY_CODE[wanted.unit]
    if found.unit == needed.code or (not found.unit and needed.code == _COUNTED):
        return expression, []
    if not found.unit:
        return replace(expression, unit=needed.code), [Reason("no-unit", {"needed": needed.code})]
    given = BY_CODE.get(found.unit)
    if given is None or given.quantity != needed.quantity:
        return Reason("unit-apart", {"found": found.unit, "needed": needed.code})
    converted = conversion(expression, given, needed)
    how = f"× {converted.factor:g} ÷ {converted.divide:g} + {converted.offset:g}"
    values = {"found": given.code, "needed": needed.code, "how": how}
    return converted, [Reason("unit", values)]


def conversion(expression: Expression, given: Unit, needed: Unit) -> Expression:
    """The same expression, from one unit of a quantity to another.

    >>> made = conversion(Expression("from", (("speed",),)), BY_CODE["KMH"], BY_CODE["MTS"])
    >>> made.factor, made.divide, made.unit
    (5.0, 18.0, 'MTS')
    """
    factor = given.factor / needed.factor
    offset = (given.offset - needed.offset) / needed.factor
    return replace(
        expression,
        factor=float(factor.numerator),
        divide=float(factor.denominator),
        offset=float(offset),
        unit=needed.code,
    )


def _in_words(
    wanted: Attribute, found: AttributeFacts, expression: Expression
) -> tuple[Expression, list[Reason]]:
    """A dictionary from the city's words to those that the solution understands."""
    strange = [word for word in found.words if word not in wanted.values]
    if not strange:
        return expression, []
    known: dict[str, Json] = {word: word for word in found.words if word in wanted.values}
    guessed = {word: said for word in strange if (said := _translated(word, wanted.values))}
    left = [word for word in strange if word not in guessed]
    examples = ", ".join(f"{word} → {said}" for word, said in list(guessed.items())[:4])
    count = {"mapped": str(len(known) + len(guessed)), "all": str(len(found.words)), "examples": examples}
    reasons = [Reason("words", count)]
    reasons += [Reason("words-left", {"words": ", ".join(left[:8])})] if left else []
    return replace(expression, words={**known, **guessed}), reasons


def _translated(word: str, wanted: Sequence[str]) -> str:
    groups = [group.split("|") for group in _STATES]
    mine = [group for group in groups if _folded(word) in [_folded(each) for each in group]]
    for each in wanted:
        if any(_folded(each) in [_folded(one) for one in group] for group in mine):
            return each
    return ""


def _folded(word: str) -> str:
    kept = (c for c in unicodedata.normalize("NFKD", word) if not unicodedata.combining(c))
    return "".join(kept).casefold().replace("_", " ").strip()


def _is_number(word: str) -> bool:
    try:
        float(word)
    except ValueError:
        return False
    return True
