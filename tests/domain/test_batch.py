"""Rows of a batch: checked whole, known again by what they say, counted by kind."""

from __future__ import annotations

import shutil
import sys
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.batch import (
    SeenRows,
    Tally,
    check_row,
    duplicate,
    row_key,
    with_defaults,
    with_standing,
)
from gaozhi_cli.domain.catalog import Catalog, Item
from gaozhi_cli.domain.letter import Application
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.standing import CLEAR, Bar, CreditStanding, credit_problem
from gaozhi_cli.domain.vocabulary import CreditKind
from tests.builders import CITIZEN, ORGANIZATION, TODAY, a_catalog, an_id_number, applicants
from tests.conftest import ROOT


@pytest.fixture(scope="module")
def complete(tmp_path_factory: pytest.TempPathFactory) -> Catalog:
    """The complete fixture county."""
    folder = tmp_path_factory.mktemp("homes") / "complete"
    return a_catalog(Path(shutil.copytree(ROOT / "tests" / "homes" / "complete", folder)))


@pytest.fixture(scope="module")
def item(complete: Catalog) -> Item:
    """An item without choices among its proofs."""
    return next(item for item in complete.items if item.no == "64")


def good(raw: dict[str, object], item: Item, catalog: Catalog) -> Application:
    """The application of a row without problems."""
    checked = check_row(raw, item, catalog, TODAY)
    assert checked.application is not None, checked.problems
    return checked.application


def test_a_cell_wins_over_a_flag() -> None:
    """Flags stand where a row says nothing, and never for the other branch of the 二选一."""
    defaults = {"statement": "旗", "address": "旗街", "contact": "旗人", "no_public": True, "phone": None}
    citizen = with_defaults({"id_number": "1", "statement": "格", "address": ""}, defaults)
    assert citizen == {"id_number": "1", "statement": "格", "no_public": True}
    company = with_defaults({"uscc": "1", "public_until": "2027-01-01"}, defaults | {"id_type": "护照"})
    assert company == {
        "uscc": "1",
        "public_until": "2027-01-01",
        "statement": "旗",
        "address": "旗街",
        "contact": "旗人",
    }
    assert with_defaults({"no_public": False}, {"no_public": True}) == {"no_public": False}
    assert "public_until" not in with_defaults({"no_public": True}, {"public_until": "2027-01-01"})


def test_all_problems_of_a_row_at_once(complete: Catalog, item: Item) -> None:
    """Form and route together; no value is repeated; a faulty cell is not also missing."""
    known = (Problem("cell", "B2：证件号码被存成数字", field="id_number"),)
    raw: dict[str, object] = {"name": "测试甲", "phone": "1", "agent_name": "测试丙"}
    checked = check_row(raw, item, complete, TODAY, known)
    assert checked.application is None and checked.problems[0] == known[0]
    said = {(problem.code, problem.field) for problem in checked.problems}
    assert {("missing", "statement"), ("phone", "phone"), ("missing", "agent_phone")} <= said
    assert ("missing", "id_number") not in said
    assert {code for code, _ in said} & {"agent-unset", "agent-not-allowed", "agent-unauthorised"}
    assert all("测试" not in problem.message for problem in checked.problems)
    assert check_row(CITIZEN, item, complete, TODAY, known).application is None


def test_an_item_out_of_force_refuses_every_row(complete: Catalog, item: Item) -> None:
    """The route's rules are asked of each row."""
    gone = item._replace(valid_until=TODAY.replace(year=2020))
    checked = check_row(CITIZEN, gone, complete, TODAY)
    assert [problem.code for problem in checked.problems] == ["item-not-in-force"]


BLANKS = st.sampled_from(["", " ", "\u3000", "  "])
WIDE = str.maketrans({chr(n): chr(n + 0xFEE0) for n in range(0x21, 0x7F)})


@settings(deadline=None)
@given(data=st.data(), raw=st.sampled_from([CITIZEN, ORGANIZATION]))
def test_the_same_row_typed_otherwise_has_the_same_key(
    complete: Catalog, item: Item, data: st.DataObject, raw: dict[str, str]
) -> None:
    """Blanks around, blanks within numbers, full width and the order of columns do not count."""
    number = "id_number" if "id_number" in raw else "uscc"
    typed: dict[str, object] = {}
    for field in data.draw(st.permutations(list(raw))):
        text = raw[field].translate(WIDE) if field != "phone" and data.draw(st.booleans()) else raw[field]
        if field == number:
            place = data.draw(st.integers(0, len(text)))
            text = text[:place].lower() + data.draw(BLANKS) + text[place:]
        typed[field] = data.draw(BLANKS) + text + data.draw(BLANKS)
    assert row_key(good(typed, item, complete)) == row_key(good(dict(raw), item, complete))


@pytest.mark.parametrize(
    "change",
    [
        {"name": "测试乙"}, {"id_number": an_id_number("41018219850505005")}, {"phone": "13900000000"},
        {"statement": "租用"}, {"no_public": True}, {"site_address": "测试路1号"}, {"consent": True},
    ],
)  # fmt: skip
def test_another_letter_has_another_key(complete: Catalog, item: Item, change: dict[str, object]) -> None:
    """Whatever stands on the letter counts."""
    assert row_key(good(CITIZEN | change, item, complete)) != row_key(good(dict(CITIZEN), item, complete))


@given(st.lists(st.binary(max_size=3)))
def test_duplicates_name_the_first_row(keys: list[bytes]) -> None:
    """As a dictionary would find them, through every growth of the table."""
    seen, first = SeenRows(), {}
    for row, key in enumerate(keys, start=2):
        assert seen.first(key, row) == first.get(key)
        first.setdefault(key, row)


def test_a_hundred_thousand_keys_are_a_few_megabytes() -> None:
    """16 bytes of digest and a number each."""
    seen = SeenRows()
    for row in range(1, 100_001):
        assert seen.first(str(row).encode(), row) is None
    assert seen.first(b"77777", 100_001) == 77_777
    size = sum(sys.getsizeof(part) for part in (seen._high, seen._low, seen._rows))
    assert size < 7_000_000
    assert duplicate(3).message.startswith("与第 3 行相同")


def test_problems_are_told_by_kind() -> None:
    """One line a kind, its count and the first five rows; a row counts once."""
    tally = Tally()
    for row in range(2, 30):
        tally.add(row, [Problem("cell", f"B{row}：证件号码被存成数字", field="id_number")] * 2)
    tally.add(9, [Problem("phone", "联系方式：号码应有 7 至 20 位数字", field="phone"), duplicate(4)])
    tally.add(8, [Problem("cell", "第 8 行比表头多出 1 格")])
    assert [kind.line for kind in tally.kinds()] == [
        "证件号码被存成数字：28 行（第 2、3、4、5、6 行 等）",
        "联系方式：号码应有 7 至 20 位数字：1 行（第 9 行）",
        "与前面的一行相同，请删去一行；确需两份的，请在承诺内容中写明区别：1 行（第 9 行）",
        "比表头多出 1 格：1 行（第 8 行）",
    ]


def test_a_tally_does_not_grow_without_end() -> None:
    """Beyond two hundred kinds the rest is counted together."""
    tally = Tally()
    for row in range(1000):
        tally.add(row, [Problem("x", f"第{row}种")])
    kinds = tally.kinds()
    assert len(kinds) == 201 and kinds[0].message == "其他问题" and kinds[0].times == 800


def test_rows_are_checked_fast_enough(complete: Catalog, item: Item) -> None:
    """A batch of 100,000 is validated within a minute on one core."""
    table: list[dict[str, object]] = [{k: v for k, v in row.items() if v} for row in applicants(2000)]
    seen = SeenRows()
    begin = time.process_time()
    for number, raw in enumerate(table, start=2):
        assert seen.first(row_key(good(with_defaults(raw, {}), item, complete)), number) is None
    assert 2000 / (time.process_time() - begin) > 2000


def test_a_guardians_row_is_another_letter(complete: Catalog) -> None:
    """Who promises counts; the key of an agent's row is what it was before there were guardians."""
    thing = next(item for item in complete.items if item.no == "16")
    agent = {
        "agent_name": "测试丙", "agent_id_number": an_id_number("41018219850505005"),
        "agent_phone": "13900000000", "authorization": "2026-11-01 授权",
    }  # fmt: skip
    keys = [
        row_key(good(CITIZEN | agent | more, thing, complete))
        for more in ({}, {"agent_kind": "委托代理人"}, {"agent_kind": "法定监护人"})
    ]
    assert keys[0] == keys[1] != keys[2]
    assert "delegate" not in keys[0].decode()


BARRED = CreditStanding((Bar("C2026-00001", CreditKind.BAD_CREDIT, "2026-03-01", "示信〔2026〕3号"),))


def test_a_barred_row_is_no_application(complete: Catalog, item: Item) -> None:
    """通知五（二）: the bar is told with all else that is wrong; whose number is wrong is not asked for."""
    whole = check_row(dict(CITIZEN), item, complete, TODAY)
    assert whole.applicant is not None and with_standing(whole, CLEAR) is whole
    barred = with_standing(whole, BARRED)
    assert barred.application is None and [p.code for p in barred.problems] == ["credit"]
    both = with_standing(check_row(CITIZEN | {"phone": "1"}, item, complete, TODAY), BARRED)
    assert [p.code for p in both.problems] == ["phone", "credit"]
    assert check_row(CITIZEN | {"id_number": "410182199001010031"}, item, complete, TODAY).applicant is None
    assert check_row({"name": "测试甲"}, item, complete, TODAY).applicant is None


def test_barred_rows_are_one_kind() -> None:
    """Each bar has its own document; of many rows it is one line."""
    tally = Tally()
    for row in range(2, 5):
        bar = BARRED.bars[0]._replace(record=f"C2026-0000{row}")
        tally.add(row, [p for p in (credit_problem(CreditStanding((bar,)), "id_number"),) if p])
    (kind,) = tally.kinds()
    assert kind.times == 3 and "gaozhi credit check" in kind.message
