"""Counts the content words of a text: what it says beyond filler such as "fixed it". Pure.

Text is folded first over case, blanks, punctuation, invisible characters and look-alike letters, so that a filler
cannot be disguised. The filler words are English; other languages count by their words.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from desk.decision.words import folded

_FILLER = """a all an and as at again be been by can did do does done for from fine good had has have he her
    his i in is it its itself me my no nothing not now of off ok okay on our out over please same she so such
    than that the their them then there they this to too up us was we were will with yes you your above again
    applied asdf asap below call called checked closed complete completed computer could customer device
    discussed error errors everything fix fixed fixes fixing gone good issue issues job laptop looked machine
    mail na none note notes ok once pc per phone problem problems qwerty reboot rebooted rebooting reference
    resolve resolved resolution restart restarted see server solved solution sorted successfully support system
    tba tbd test tested thanks thing things ticket todo unknown user users via work worked working works xxx"""
FILLER = frozenset(_FILLER.split())
"""Words that name neither a cause nor an action."""
UNSPACED = re.compile(r"[\u0e00-\u0eff\u3040-\u30ff\u3400-\u9fff]")
"""Scripts that put no blanks between words (Thai, Lao, Japanese, Chinese)."""


def content(text: str, filler: Iterable[str] = ()) -> frozenset[str]:
    """The content words of a text: of two letters or more, no number, and no filler."""
    listed = FILLER | {word for phrase in filler for word in folded(phrase)}
    words = (part for word in folded(text) for part in _parts(word))
    return frozenset(word for word in words if len(word) > 1 and not word.isdigit() and word not in listed)


def _parts(word: str) -> tuple[str, ...]:
    if not UNSPACED.search(word):
        return (word,)
    return tuple(word[at : at + 2] for at in range(0, len(word), 2))
