"""The proposed reading of printed cells: against the hand-made trees, and never losing a character."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.catalog import Branch, Item, Node, Proof, leaves
from gaozhi_cli.domain.outline import outline, parse_outline
from gaozhi_cli.domain.reading import Reading, read_methods, read_proofs
from gaozhi_cli.domain.vocabulary import Method
from gaozhi_cli.storage.strict_yaml import load
from tests.builders import a_catalog

READINGS = load(Path(__file__).parent / "readings.yaml")
WORDS = """
营业执照 身份证 户口簿 《就业创业证》 房产证明 租赁合同 复印件 原件 材料 在校生 结婚的 人员 医院出具的
安置人员 或 或者 和 及 以及 、 ， ； 。 （ ） ( ) “ ” 《 》 1. 2. 3. １． 2、 （1） （2） ① ② 一、 二、 ：
提供 即可 任选其一 之一 以下 的 ，提供
"""
CELLS = st.lists(st.sampled_from([*WORDS.split(), " ", "\n", "A", "7"]), max_size=14).map("".join)


@pytest.fixture(scope="module")
def items(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Item]:
    """The shipped rows by id."""
    return {item.id: item for item in a_catalog(tmp_path_factory.mktemp("home")).items}


def proposed(item: Item) -> Reading:
    """What the printed words of an item propose."""
    assert item.printed is not None
    return read_proofs(item.printed.proofs, item.printed.method, item.id)


def words(node: Node) -> str:
    """All names and circumstances of a tree."""
    if isinstance(node, Proof):
        return node.name
    if isinstance(node, Branch):
        return node.when + words(node.node)
    return node.name + "".join(words(child) for child in node.nodes)


def letters(text: str) -> Counter[str]:
    """What is not punctuation, counted."""
    return Counter(character for character in text if character.isalnum())


def test_the_list_of_readings_covers_every_row_once(items: dict[str, Item]) -> None:
    """readings.yaml names each of the 67 rows exactly once, at least 62 of them as equal."""
    same = [*READINGS["sure"].split(), *READINGS["unsure"].split()]
    listed = [*same, *(entry["id"] for entry in READINGS["differs"])]
    assert sorted(listed) == sorted(items)
    assert len(same) >= 62


@pytest.mark.parametrize("id_", [*READINGS["sure"].split(), *READINGS["unsure"].split()])
def test_a_reading_equals_the_tree_made_by_hand(items: dict[str, Item], id_: str) -> None:
    """Structure, names, methods and ids."""
    assert proposed(items[id_]).tree == items[id_].tree


@pytest.mark.parametrize("id_", READINGS["sure"].split())
def test_a_sure_reading_has_nothing_to_confirm(items: dict[str, Item], id_: str) -> None:
    """One proof, copied whole: no note, and the notice's own reading is silent too."""
    assert proposed(items[id_])[1:] == ((), True)
    assert items[id_].reading == ""


@pytest.mark.parametrize("id_", READINGS["unsure"].split())
def test_an_unsure_reading_says_what_was_interpreted(items: dict[str, Item], id_: str) -> None:
    """At least one note, for the administrator to confirm."""
    reading = proposed(items[id_])
    assert not reading.sure and reading.notes


@pytest.mark.parametrize("entry", READINGS["differs"], ids=lambda entry: entry["id"])
def test_a_reading_that_differs_is_known(items: dict[str, Item], entry: dict[str, str]) -> None:
    """It is unsure, and it is the one written down with its reason."""
    reading = proposed(items[entry["id"]])
    assert reading.tree != items[entry["id"]].tree
    assert outline(reading.tree) == entry["proposed"] and entry["why"]
    assert not reading.sure


def test_no_letter_of_the_67_rows_is_lost_or_told_only_as_a_whole(items: dict[str, Item]) -> None:
    """Each letter is in a name, a circumstance or a note; the last-resort note is never needed."""
    for item in items.values():
        reading = proposed(item)
        assert item.printed is not None
        assert not letters(item.printed.proofs) - letters(words(reading.tree) + "".join(reading.notes)), (
            item.id
        )
        assert not any("有字未写入名称" in note for note in reading.notes), item.id


@pytest.mark.parametrize("entry", READINGS["others"], ids=lambda entry: entry["proofs"].replace("\n", "/"))
def test_other_words(entry: dict[str, Any]) -> None:
    """Lists, connectors and circumstances that 附件1 does not have."""
    reading = read_proofs(entry["proofs"], entry["method"], "x-1")
    assert reading.tree == parse_outline(entry["tree"], "x-1")[0]
    assert reading.sure is (entry["sure"] == "是")


def test_methods_are_paired_or_said_not_to_fit() -> None:
    """Two for two in their order; two for three are not dealt out."""
    paired = read_proofs("营业执照、身份证", "在线核查\n免于核查", "x-1")
    assert [leaf.proof.method for leaf in leaves(paired.tree)] == [Method.ONLINE, Method.EXEMPT]
    odd = read_proofs("营业执照、身份证、户口簿", "在线核查 免于核查", "x-1")
    assert {leaf.proof.method for leaf in leaves(odd.tree)} == {Method.ONLINE}
    assert any("对不上" in note for note in odd.notes)
    assert read_methods("1.线上核查；2、现场 不核") == ((Method.ONLINE, Method.ONSITE), ("不核",))


@settings(deadline=None)
@given(CELLS, st.sampled_from(["在线核查", "在线核查 免于核查", "", "x"]))
@example("1." * 40, "在线核查")
@example("（或" * 60 + "证）" * 60, "在线核查")
@example("证、" * 1000, "在线核查")
@example("证" * 5000, "在线核查")
def test_no_letter_of_any_cell_is_lost(proofs: str, method: str) -> None:
    """Whatever the cell says, each letter is somewhere; ids are in order; names stand on one line."""
    reading = read_proofs(proofs, method, "x-1")
    assert not letters(proofs) - letters(words(reading.tree) + "".join(reading.notes))
    found = [leaf.proof for leaf in leaves(reading.tree)]
    assert [proof.id for proof in found] == [f"x-1.{n}" for n in range(1, len(found) + 1)]
    assert all(len(proof.name.splitlines()) <= 1 and proof.name == proof.name.strip() for proof in found)
    if any(map(str.isalnum, proofs)):
        assert all(proof.name for proof in found)
        assert parse_outline(outline(reading.tree)) == (reading.tree, [])


@given(st.text(max_size=60))
def test_any_text_is_read(proofs: str) -> None:
    """No cell, however odd, is a traceback."""
    reading = read_proofs(proofs, proofs, "x-1")
    assert not letters(proofs) - letters(words(reading.tree) + "".join(reading.notes))
