"""The glossary defines each word once, and every name to avoid has its replacement."""

from __future__ import annotations

from collections import Counter
from functools import cache
from itertools import pairwise

import pytest
from tests.architecture.glossary import Glossary, glossary, parsed
from tests.architecture.names import identifiers, words
from tests.architecture.project import FOLDERS, ROOT, is_test, modules

FEWEST = 30
TABLES = (("words", 2), ("avoid", 2), ("kept", 4))
HOUSE = frozenset(
    {"told", "tell", "shown", "shows", "rest", "stand", "standing", "settled", "known", "outside", "around"}
    | {"opened", "works", "hear", "heard", "had", "taking", "mending"}
)
"""The ban list of the design; the page may forbid more, never less."""


def sound(page: Glossary) -> list[str]:
    """The faults of a page, one line each."""
    wrong = []
    for table, cells in TABLES:
        rows = getattr(page, table)
        names = [row[0].strip("`").casefold() for row in rows]
        wrong += [f"{table}: {name} is there {count} times" for name, count in Counter(names).items() if count > 1]
        wrong += [f"{table}: {row[0]} needs {cells} cells that are not empty" for row in rows if not _whole(row, cells)]
        wrong += [f"{table}: {after} belongs before {name}" for name, after in pairwise(names) if after < name]
    return wrong


@cache
def bound() -> frozenset[str]:
    """Identifiers of the product, alone and with their class, from every module that has a wire name somewhere."""
    names = tuple(name.rpartition(".")[2] for name in glossary().wire)
    places = (module for module in modules(FOLDERS) if not is_test(module.path))
    found = (each for module in places if any(name in module.text for name in names) for each in identifiers(module))
    return frozenset(name for each in found for name in (each.name, each.qualified))


def _whole(row: tuple[str, ...], cells: int) -> bool:
    return len(row) == cells and all(cell.strip("`") for cell in row)


def test_every_word_is_defined_once_in_order_and_with_a_definition() -> None:
    assert sound(glossary()) == []
    assert len(glossary().words) >= FEWEST


def test_definitions_are_sentences() -> None:
    for word, meaning in glossary().words:
        assert meaning[0].isupper(), word
        assert meaning.endswith("."), word
        assert len(meaning.split()) >= 8, word


def test_no_name_to_avoid_is_a_word_of_the_house_or_its_own_replacement() -> None:
    page = glossary()
    assert page.ban >= HOUSE
    assert not page.ban & {row[0] for row in page.words}
    for avoid, instead in page.avoid:
        offered = {word for name in instead.split("`")[1::2] for word in words(name)} - {"stored", "mapped"}
        assert not page.ban & offered, avoid


@pytest.mark.parametrize("row", glossary().kept, ids=lambda row: str(row[0].strip("`")))
def test_a_wire_name_is_published_where_the_page_says_and_still_needed(row: tuple[str, ...]) -> None:
    name, published, document, _ = (cell.strip("`") for cell in row)
    assert published in (ROOT / document).read_text()
    assert name in bound(), "no identifier has this name any more: remove the row"
    assert set(words(name)) & glossary().ban, "not banned: remove the row"


@pytest.mark.parametrize(
    ("row", "complaint"),
    [
        ("| cycle | Again. |", "words: cycle is there 2 times"),
        ("| zone |  |", "words: zone needs 2 cells that are not empty"),
        ("| attempt | Too late. |", "words: attempt belongs before cycle"),
    ],
)
def test_a_page_that_is_wrong_is_found_out(row: str, complaint: str) -> None:
    head, wide = "| a | b |\n|---|---|\n", "| a | b | c | d |\n|---|---|---|---|\n"
    avoid = f"## Names to avoid\n{head}| `told` | `reported` |\n"
    page = f"# G\n\n## Words\n{head}| cycle | A life. |\n{row}\n\n{avoid}\n## Wire names\n{wide}| `x` | y | z | w |\n"
    assert complaint in sound(parsed(page))


def test_a_page_without_a_table_is_refused_by_its_heading() -> None:
    with pytest.raises(ValueError, match="needs one section `## Words`"):
        parsed("# Glossary\n")
