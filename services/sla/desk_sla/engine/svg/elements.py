"""SVG elements. Text is escaped as data: it cannot end an element or break the file."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

FONT = "12px sans-serif"
INK, PALE = "#333", "#777"
LETTER = 6.6
"""Width of a letter of FONT in pixels, on the safe side for words."""
_LONGEST = 120


def words(text: str, longest: int = _LONGEST) -> str:
    """Make text safe for XML: without characters that XML forbids, escaped, cut with an ellipsis."""
    legal = "".join(c if c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff" else " " for c in text)
    return escape(legal if len(legal) <= longest else legal[: longest - 1] + "…")


def document(width: int, height: int, title: str, parts: Iterable[str]) -> str:
    """A whole picture on white; sizes in pixels."""
    head = [
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">',
        f"<title>{words(title)}</title>",
        f'<rect width="{width}" height="{height}" fill="#fff"/>',
    ]
    return "\n".join([*head, *parts, "</svg>"]) + "\n"


def text(x: float, y: float, said: str, *, bold: bool = False, fill: str = INK, anchor: str = "start") -> str:
    """A line of text, readable across lines; `anchor` start, middle or end."""
    weight = "bold " if bold else ""
    style = f"font: {weight}{FONT}; fill: {fill}"
    if fill != "#fff":
        style += "; paint-order: stroke; stroke: #fff; stroke-opacity: 0.8; stroke-width: 3px"
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" style="{style}">{words(said)}</text>'


def rect(x: float, y: float, width: float, height: float, fill: str, *, hint: str = "", frame: str = "") -> str:
    """A filled box; `hint` is its tooltip."""
    stroke = f' stroke="{frame}"' if frame else ""
    box = f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0.6):.1f}" height="{height:.1f}" fill="{fill}"{stroke}'
    return f"{box}><title>{words(hint)}</title></rect>" if hint else f"{box}/>"


def line(x: float, top: float, bottom: float, colour: str, *, dashed: bool = False, width: float = 1.5) -> str:
    """A vertical line."""
    dashes = ' stroke-dasharray="4 3"' if dashed else ""
    ends = f'x1="{x:.1f}" x2="{x:.1f}" y1="{top:.1f}" y2="{bottom:.1f}"'
    return f'<line {ends} stroke="{colour}" stroke-width="{width}"{dashes}/>'
