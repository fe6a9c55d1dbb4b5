"""JSON type of each field, by its name; fields that are not listed here take anything."""

from desk_simulators.connectwise.records.resources import Reference
from desk_simulators.connectwise.records.resources.resource import names

NUMBERS = names("actualHours hoursDeduct hoursBilled invoiceHours budgetHours applicationLimit billAmount quantity")
SWITCHES = names("skipCallback processNotifications")
LISTS = names("customFields communicationItems types integratorTags results")
TEXTS = names(
    """summary text notes internalNotes name identifier firstName lastName title url description type level
    externalXRef resources contactName contactEmailAddress contactEmailLookup initialDescription
    initialInternalAnalysis initialResolution serialNumber deviceIdentifier"""
)


def wrong_reference(reference: Reference, value: object) -> str | None:
    """As `wrong_kind`, for a field that names another record."""
    if value is None:
        return None
    fields = value if isinstance(value, dict) else {}
    given = [(key, fields[key]) for key in reference.keys if fields.get(key) is not None]
    right = [isinstance(found, int if key == "id" else str) and found is not True for key, found in given]
    return None if right and all(right) else f"an object with {' or '.join(reference.keys)}"


def wrong_kind(field: str, value: object) -> str | None:
    """The type that the field takes instead of this value, or None when the value has it."""
    if value is None:
        return None
    truth = isinstance(value, bool)
    if field.endswith("Flag") or field in SWITCHES:
        return None if truth else "true or false"
    if field in LISTS:
        return None if isinstance(value, list) else "a list"
    if field.endswith("Id"):
        return None if isinstance(value, int) and not truth else "a whole number"
    if field in NUMBERS:
        return None if isinstance(value, int | float) and not truth else "a number"
    return "text" if field in TEXTS and not isinstance(value, str) else None
