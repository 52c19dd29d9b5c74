"""Members whose place no attribute may take, as terms and as what these mean (clauses 4.5.1, 4.8, 4.18).

An entity with an attribute that means `createdAt` would have two members of that name in an answer, and one
of the two would be lost.
"""

from typing import Final

from beffroi.broker.rules.context.vocabulary import NON_REIFIED, core_uri
from beffroi.broker.rules.entity.entity import DEFAULT_VOCABULARY

ENTITY_MEMBERS: Final = NON_REIFIED | {"id", "type", "scope"}
"""Terms that are members of an entity, or of its attributes only, and so never an attribute of it."""

ATTRIBUTE_MEMBERS: Final = frozenset(
    """id type value object languageMap vocab valueList objectList json ngsildproof valueType previousVocab
    previousJson previousValueList previousObjectList entity entityList""".split()
) | (NON_REIFIED - {"entityId"})
"""Terms that are members of an attribute (clauses 4.5.2, 4.5.3), and so never a sub-attribute."""

KEYWORDS: Final = frozenset(
    """@base @container @context @direction @graph @id @import @included @index @json @language @list @nest
    @none @prefix @propagate @protected @reverse @set @type @value @version @vocab""".split()
)


def _uris(terms: frozenset[str]) -> dict[str, str]:
    """What they mean, each with its term: the keywords, too, with the name that they would be read by."""
    return {
        **{core_uri(term): term for term in terms - {"id", "type"}},
        **{DEFAULT_VOCABULARY + term: term for term in KEYWORDS | {"id", "type"}},
    }


ENTITY_URIS: Final = _uris(ENTITY_MEMBERS)
ATTRIBUTE_URIS: Final = _uris(ATTRIBUTE_MEMBERS)
"""No attribute, and no sub-attribute, may mean one of these URIs; each leads to the member that it is."""

ENTITY_NAMES: Final = ENTITY_MEMBERS | KEYWORDS
ATTRIBUTE_NAMES: Final = ATTRIBUTE_MEMBERS | KEYWORDS
"""Names that no attribute, and no sub-attribute, is shown by."""

VALUE_NAMES: Final = KEYWORDS | {"id", "type"}
"""Names that stay as they are inside a value, so that no other key of it is shown by one."""
