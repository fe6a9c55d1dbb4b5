"""Problems of documents: the field, the fault, the remedy."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
from pydantic import ValidationError


class Problem(msgspec.Struct, frozen=True):
    """One problem: ``field`` as a dotted path, ``fault`` in words, ``remedy`` = the correction."""

    field: str
    fault: str
    remedy: str
    code: str = "invalid_field"


class DocumentError(ValueError):
    """A document was refused; has every problem found in it."""

    def __init__(self, document: str, problems: Sequence[Problem]) -> None:
        self.document = document
        self.problems = tuple(problems)
        super().__init__(f"{document}: " + "; ".join(f"{p.field}: {p.fault} ({p.remedy})" for p in self.problems))


class Fault(ValueError):
    """Raised by validators, with the remedy and, where the validator knows it better, the field."""

    def __init__(self, fault: str, remedy: str, *, field: str = "", code: str = "invalid_field") -> None:
        self.fault, self.remedy, self.field, self.code = fault, remedy, field, code
        super().__init__(f"{fault} ({remedy})")


_REMEDIES = {
    "missing": "add the field",
    "extra_forbidden": "remove it or correct its spelling",
    "string_type": "write it as text, in quotes",
    "int_type": "write a whole number",
    "bool_type": "write true or false",
    "list_type": "write a list",
    "tuple_type": "write a list",
    "dict_type": "write a mapping",
    "model_type": "write a mapping",
    "too_short": "give at least one value",
}


def from_validation(document: str, error: ValidationError) -> DocumentError:
    """Convert pydantic's errors, each with its field and a remedy."""
    return DocumentError(document, [_problem(entry) for entry in error.errors(include_url=False)])


def _problem(entry: object) -> Problem:
    assert isinstance(entry, dict)
    place = ".".join(str(part) for part in entry["loc"])
    cause = entry.get("ctx", {}).get("error")
    if isinstance(cause, Fault):
        field = ".".join(part for part in (place, cause.field) if part)
        return Problem(field=field or "(document)", fault=cause.fault, remedy=cause.remedy, code=cause.code)
    expected = entry.get("ctx", {}).get("expected")
    remedy = f"write one of {expected}" if expected else _REMEDIES.get(entry["type"], "see the schema of the document")
    return Problem(field=place or "(document)", fault=str(entry["msg"]).removeprefix("Value error, "), remedy=remedy)
