"""No identifier of the project contains a word of the ban list, but for those still listed as debts."""

from __future__ import annotations

from tests.architecture.glossary import glossary
from tests.architecture.names import banned, words
from tests.architecture.project import Module
from tests.architecture.ratchet import checked

CODE = """
import told as shown
from x import known

class Standing(Base):
    shown: int
    rested: int

    def tell_all(self, heard, *opened, known_at=0, **rest):
        self.had = [works for works in heard]
        with self as (around, fine):
            outside_mode = taking = 1

    async def unknown(self):
        match self:
            case {"a": stand, **mending}:
                pass
            case [settled, *shows]:
                pass
        return (lambda hear: (tell := hear))
"""


def test_banned_names_do_not_grow() -> None:
    assert checked("banned_names") == []


def test_a_name_is_split_at_underscores_and_capitals() -> None:
    assert words("_told_HTTPShown2_unknown") == ("told", "http", "shown", "2", "unknown")
    assert words("OPENED_AT") == ("opened", "at")


def test_every_kind_of_binding_is_looked_at() -> None:
    module = Module("shared/desk/heard/__init__.py", CODE)
    found = [name.name for name in banned(module, glossary().ban, set())]
    assert found == [
        "heard", "shown", "Standing", "shown", "tell_all", "heard", "opened", "known_at", "rest", "had", "works",
        "around", "outside_mode", "taking", "mending", "stand", "settled", "shows", "hear", "tell",
    ]  # fmt: skip


def test_a_wire_name_is_excepted_in_its_class_alone() -> None:
    module = Module("a.py", CODE)
    kept = [name.qualified for name in banned(module, {"shown"}, {"Standing.shown"})]
    assert kept == ["shown"]
    assert banned(module, {"shown"}, {"shown"}) == []
