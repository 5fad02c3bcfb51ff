"""The shipped 67 items against the table as printed, and the made-up county that fills their gaps (附件1)."""

from __future__ import annotations

import csv
import shutil
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.domain.catalog import Catalog, Item, Proof
from gaozhi_cli.domain.readiness import missing
from gaozhi_cli.domain.vocabulary import Method
from gaozhi_cli.storage.home import shipped
from gaozhi_cli.storage.strict_yaml import Located, load
from tests.builders import TODAY, a_catalog
from tests.conftest import ROOT

PRINTED = ROOT / "tests" / "data" / "catalog-as-printed.csv"
COMPLETE = ROOT / "tests" / "homes" / "complete"
METHODS = {
    "在线核查": Method.ONLINE,
    "线上核查": Method.ONLINE,
    "现场核查": Method.ONSITE,
    "免于核查": Method.EXEMPT,
}
LABEL = "# 测试用虚构数据，不是法律，不得用于办理"


def raw_items() -> list[Located]:
    """Every item of the shipped files as written, in the order of the printed numbers."""
    found = [item for path in shipped("catalog").glob("items/*.yaml") for item in load(path)["items"]]
    return sorted(found, key=lambda item: int(item["no"]))


def printed_rows() -> list[list[str]]:
    """The source document's table."""
    with open(PRINTED, encoding="utf-8", newline="") as file:
        return list(csv.reader(file))


@pytest.fixture(scope="module")
def catalog(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The shipped catalog as the program reads it."""
    return a_catalog(tmp_path_factory.mktemp("home"))


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The complete fixture county as the program reads it."""
    return a_catalog(Path(shutil.copytree(COMPLETE, tmp_path_factory.mktemp("homes") / "complete")))


def item(catalog: Catalog, no: int) -> Item:
    """The item with a printed number."""
    return catalog.items[no - 1]


def test_the_table_rebuilt_from_the_files_is_the_printed_one_cell_by_cell() -> None:
    """附件1: all 67 rows of five cells, word for word and in order, half-width signs and all."""
    head, *rows = printed_rows()
    assert head == ["序号", "承办单位", "行政事项名称", "实行告知承诺制的证明事项", "核查方式"]
    rebuilt = [
        [item["no"], *(item["printed"][key] for key in ("office", "matter", "proofs", "method"))]
        for item in raw_items()
    ]
    assert len(rows) == len(rebuilt) == 67
    for row, ours in zip(rows, rebuilt, strict=True):
        assert ours == row
    assert [row[0] for row in rows] == [str(n) for n in range(1, 68)]


def test_the_program_keeps_the_printed_text_word_for_word(catalog: Catalog) -> None:
    """附件1: what ``catalog show`` can print is what the table prints."""
    for row, read in zip(printed_rows()[1:], catalog.items, strict=True):
        assert read.printed is not None
        assert [read.no, *read.printed] == row


def test_the_copied_table_is_the_one_the_domain_notes_describe() -> None:
    """附件1 核查方式: 28 在线, 4 线上 (rows 34 to 37), 28 免于, 6 现场, and row 4 with two."""
    rows = printed_rows()[1:]
    counted = Counter(row[4] for row in rows)
    assert counted == {
        "在线核查": 28, "线上核查": 4, "免于核查": 28, "现场核查": 6, "在线核查 免于核查": 1,
    }  # fmt: skip
    assert [row[0] for row in rows if row[4] == "线上核查"] == ["34", "35", "36", "37"]


def test_every_office_is_called_as_printed(catalog: Catalog) -> None:
    """附件1 承办单位: the ten offices of the table, each with its rows, and no other."""
    for read in catalog.items:
        assert read.printed is not None
        assert catalog.office(read.office).name == read.printed.office
        assert read.id == f"{read.office.lower()}-{int(read.no):02d}"
    assert {read.office for read in catalog.items} == {office.code for office in catalog.offices}
    assert len(catalog.offices) == 10


def test_every_matter_is_called_as_printed_but_for_one_bracket(catalog: Catalog) -> None:
    """附件1: row 23 opens a full-width bracket and closes a half-width one; only that is mended."""
    differ = [r for r in catalog.items if r.printed and r.matter != r.printed.matter]
    assert [read.no for read in differ] == ["23"]
    assert differ[0].printed is not None and differ[0].printed.matter.endswith("（工伤未领取待遇)")
    assert differ[0].matter == differ[0].printed.matter[:-1] + "）"


def test_every_proof_is_checked_as_its_row_prints(catalog: Catalog) -> None:
    """附件1 核查方式: each leaf has the method of its row; 线上核查 means 在线核查 (rows 34 to 37)."""
    for read in catalog.items:
        assert read.printed is not None
        if read.no != "4":
            assert {proof.method for proof in read.proofs} == {METHODS[read.printed.method]}, read.no
    for no in (34, 35, 36, 37):
        assert item(catalog, no).methods == (Method.ONLINE,)


def test_row_4_pairs_its_two_methods_with_its_two_proofs_and_says_that_this_is_a_reading(
    catalog: Catalog,
) -> None:
    """附件1 第4行: 「在线核查 免于核查」 for two proofs, paired in order, which is not stated."""
    row = item(catalog, 4)
    assert row.printed is not None
    assert [p.name for p in row.proofs] == row.printed.proofs.split("、")
    assert [p.method for p in row.proofs] == [METHODS[m] for m in row.printed.method.split()]
    assert [p.method for p in row.proofs] == [Method.ONLINE, Method.EXEMPT]
    assert "解读" in row.reading and "原文未明示" in row.reading


def test_every_row_that_was_split_says_how_it_was_read(catalog: Catalog) -> None:
    """附件1: where one cell became several proofs, ``reading`` says so; a single proof is as printed."""
    for read in catalog.items:
        assert read.printed is not None
        if isinstance(read.tree, Proof):
            assert read.tree.name == read.printed.proofs
            assert read.reading == ""
        else:
            assert "这是整理时的解读" in read.reading and "原文未明示" in read.reading, read.no


def test_no_proof_has_a_word_that_its_row_does_not_print(catalog: Catalog) -> None:
    """附件1: names of proofs are made of the row's own characters and use up what it asks for."""
    for read in catalog.items:
        assert read.printed is not None
        for proof in read.proofs:
            assert set(proof.name) <= set(read.printed.proofs), proof.id
    names = {proof.id: proof.name for read in catalog.items for proof in read.proofs}
    for id_ in ("sb-24.1", "sb-24.2", "sb-24.3", "sb-24.4", "sb-24.5", "sb-24.6"):
        assert names[id_] in (item(catalog, 24).printed or [""] * 4)[2]


def test_there_are_98_proofs_with_ids_of_their_own(catalog: Catalog) -> None:
    """附件1: 67 items, 98 leaves; every id unique, numbered within its item from 1."""
    ids = [proof.id for read in catalog.items for proof in read.proofs]
    assert len(catalog.items) == 67 and len(ids) == 98
    assert len(set(ids)) == 98
    assert len({read.id for read in catalog.items} | set(ids)) == 67 + 98
    for read in catalog.items:
        assert [p.id for p in read.proofs] == [f"{read.id}.{n + 1}" for n in range(len(read.proofs))]


def test_the_shapes_of_the_rows_with_choices(catalog: Catalog) -> None:
    """附件1: numbered = all, or one by circumstance (8); 或 = any; 24 mixes both; 4 and 67 = all."""

    def shape(node: Any) -> Any:
        if isinstance(node, Proof):
            return node.id.rpartition(".")[2]
        if hasattr(node, "when"):
            return shape(node.node)
        return {str(node.kind): [shape(child) for child in node.nodes]}

    shapes = {no: shape(item(catalog, no).tree) for no in (2, 4, 5, 8, 14, 24, 67)}
    case = "by circumstance"
    assert shapes == {
        2: {"any": ["1", "2"]},
        4: {"all": ["1", "2"]},
        5: {"any": ["1", "2"]},
        8: {case: ["1", "2", "3", "4", {case: ["5", "6"]}, "7"]},
        14: {"all": ["1", "2", {"any": ["3", "4"]}]},
        24: {"all": [{case: ["1", {"any": ["2", "3", "4", "5"]}]}, "6"]},
        67: {"all": ["1", "2"]},
    }


def keys_of(value: Any) -> Iterator[str]:
    """Every key anywhere in a document."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield key
            yield from keys_of(inner)
    elif isinstance(value, list):
        for inner in value:
            yield from keys_of(inner)


def test_nothing_is_invented_in_the_shipped_items(catalog: Catalog) -> None:
    """附件1: no basis, content, agent, disclosure, contact, period, issuer or standard is printed there."""
    used = {key for read in raw_items() for key in keys_of(read)}
    assert used == {
        "id", "no", "printed", "matter", "reading", "proofs",
        "office", "method", "name", "when", "all", "any", "by_circumstance",
    }  # fmt: skip
    for read in catalog.items:
        assert (read.basis, read.content, read.periods) == ((), (), ())
        assert read.agent is None and read.disclosure is None
        assert read.contact == ("", "")
        for proof in read.proofs:
            assert (proof.issuer, proof.standard) == ("", "")
            assert (proof.basis, proof.content, proof.periods) == ((), (), ())


def test_nothing_is_invented_in_the_shipped_settings(catalog: Catalog) -> None:
    """通知五（三）（六）: no number of days, no complaint channel, no contact, no holiday is made up."""
    assert [parameter.values for parameter in catalog.parameters] == [(), (), (), ()]
    assert catalog.county.complaints == () and catalog.county.formal is False
    assert all(office.contact == ("", "") and not office.responsible for office in catalog.offices)
    assert catalog.calendar_years == ()
    assert (catalog.version, str(catalog.effective)) == ("2021-10-11", "2021-10-11")
    assert catalog.source == "荥法治政府组办〔2021〕18号 附件1"


def test_every_shipped_file_of_items_names_its_source() -> None:
    """附件1: the first line says where the rows come from."""
    paths = sorted(shipped("catalog").glob("items/*.yaml"))
    assert len(paths) == 10
    for path in paths:
        first = path.read_text(encoding="utf-8").splitlines()[0]
        assert first.startswith("# 来源：荥法治政府组办〔2021〕18号 附件1"), path.name


def test_the_fixture_county_is_complete_for_all_67(complete: Catalog) -> None:
    """Whatever ships empty is filled in there: no item has a gap left."""
    assert len(complete.items) == 67
    assert {read.id: missing(read, complete, TODAY) for read in complete.items} == {
        read.id: [] for read in complete.items
    }
    assert all(office.responsible for office in complete.offices)


def test_the_fixture_county_is_labelled_as_made_up_in_the_first_line_of_every_file() -> None:
    """What is made up can never be taken for law."""
    paths = [path for path in (COMPLETE / "catalog").rglob("*") if path.is_file()]
    assert len(paths) == 18
    for path in paths:
        assert path.read_text(encoding="utf-8").splitlines()[0] == LABEL, path.name


def test_every_source_in_the_fixture_county_says_made_up(complete: Catalog) -> None:
    """Laws, decisions and periods of the fixture county all carry 虚构."""
    for read in complete.items:
        assert read.agent is not None and read.disclosure is not None
        said = [basis.law for basis in read.basis] + [basis.source for basis in read.basis]
        said += [read.agent.source, read.disclosure.source]
        said += [word for proof in read.proofs for word in (proof.issuer, proof.standard)]
        assert all("虚构" in word for word in said), read.id
    for parameter in complete.parameters:
        assert all("虚构" in value.source for value in parameter.values)
    assert all("虚构" in channel.source for channel in complete.county.complaints)


def test_item_24_of_the_fixture_county_lets_an_agent_promise(complete: Catalog) -> None:
    """通知五（二）: both answers occur, so that both branches of the form are tried."""
    decision = item(complete, 24).agent
    assert decision is not None and decision.yes
    assert {read.agent.yes for read in complete.items if read.agent} == {True, False}
    assert {read.disclosure.yes for read in complete.items if read.disclosure} == {True, False}


def test_the_fixture_county_does_not_change_what_is_printed(catalog: Catalog, complete: Catalog) -> None:
    """The county's copy adds; the printed rows and the proofs stay."""
    for ours, theirs in zip(catalog.items, complete.items, strict=True):
        assert (ours.id, ours.no, ours.matter, ours.printed) == (
            theirs.id, theirs.no, theirs.matter, theirs.printed,
        )  # fmt: skip
        assert [(p.id, p.name, p.method) for p in ours.proofs] == [
            (p.id, p.name, p.method) for p in theirs.proofs
        ]
