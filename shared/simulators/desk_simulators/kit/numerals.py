"""Whole numbers in paths and queries."""

MAX_DIGITS = 18


def is_number(text: str) -> bool:
    """Plain digits, few enough for an id."""
    return text.isascii() and text.isdigit() and len(text) <= MAX_DIGITS
