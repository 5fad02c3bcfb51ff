"""The exchange file there and back: what goes out, what is taken, what is refused before anything is."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from gaozhi_cli.domain.exchange import Given
from gaozhi_cli.domain.problem import BadInput, Refused
from gaozhi_cli.services.export_requests import export_requests
from gaozhi_cli.services.import_answers import Imported, import_answers
from gaozhi_cli.storage.assistances import all_requests, the_request
from tests.builders import CITIZEN, an_occasion
from tests.services.assisting import CASE, Assisting, on
from tests.storage.test_ledger_contract import (
    entries,
    journal_is_impersonal,
    refused,
    unchanged,
)

Rows = list[dict[str, str]]


class Desk(Assisting):
    """A window whose requests are all open and exported."""

    def rows(self, reason: str | None = None) -> Rows:
        """The rows of the exchange file."""
        asked = list(all_requests(self.ledger))
        return export_requests(asked, ledger=self.ledger, occasion=an_occasion(), reason=reason)

    def take(self, rows: Rows, digest: str = "ab" * 32, **more: bool) -> Imported:
        """Read rows back."""
        keep = more.pop("keep_going", False)
        given = [Given(number, row) for number, row in enumerate(rows, start=4)]
        return import_answers(
            given, digest, ledger=self.ledger, occasion=an_occasion(**more), keep_going=keep  # type: ignore[arg-type]
        )  # fmt: skip


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """A window with four requests open, one about a citizen, to copy from."""
    made = Desk(tmp_path_factory.mktemp("base") / "county")
    for place in (1, 2, 3):
        made.ask(f"{CASE}-{place}")
    made.ask(made.person())
    return made


@pytest.fixture
def desk(base: Desk, tmp_path: Path) -> Iterator[Desk]:
    """A copy of it."""
    copy = base.copied(tmp_path / "county")
    assert isinstance(copy, Desk)
    yield copy
    copy.ledger.close()


def test_a_citizen_is_masked_unless_revealed(base: Desk) -> None:
    """Nothing personal in the seal; whole with a reason, each request with its entry."""
    masked = unchanged(base, base.rows)
    values = [value for row in masked for value in row.values()]
    assert not [v for v in values if v in (CITIZEN["name"], CITIZEN["id_number"], CITIZEN["phone"])]
    assert masked[0]["id"] == "RS-2026-X00001" and masked[3]["applicant"] == "测**"
    assert all(set(row) == {"id", "check", "matter", "proof", "applicant", "id_number", "content",
                            "asked_on", "due", "seal"} for row in masked)  # fmt: skip
    before = len(entries(base.path))
    whole = base.rows(reason="协助机关按号码查询")
    assert (whole[3]["applicant"], whole[3]["id_number"]) == (CITIZEN["name"], CITIZEN["id_number"])
    added = entries(base.path)[before:]
    assert [(e["act"], e["reason"]) for e in added] == [("assist.export", "协助机关按号码查询")] * 4
    journal_is_impersonal(base)


def test_there_and_back(desk: Desk) -> None:
    """Three answers, a refusal; rows left empty wait; read again, nothing is added."""
    rows = desk.rows(reason="按号码查询")
    rows[0] |= {"result": "相符", "text": ""}
    rows[1] |= {"result": "不相符", "text": "登记的名称\n 不一致"}
    rows[3] |= {"result": "不能协助", "text": "测试甲的档案不在本机关"}
    unchanged(desk, lambda: desk.take(rows, dry_run=True))
    done = desk.take(rows)
    assert ([one.request.id for one in done.taken], done.unanswered, done.faults) == (
        ["RS-2026-X00001", "RS-2026-X00002", "SB-2026-X00001"], 1, ()
    )  # fmt: skip
    states = [(one.request.state, one.request.result) for one in all_requests(desk.ledger)]
    assert states == [("answered", "confirmed"), ("answered", "differs"), ("asked", None), ("refused", None)]
    assert desk.ledger.personal("RS-2026-X00002", "answer")["text"] == "登记的名称 不一致"
    assert all(check.finding is None for check in desk.ledger.checks_of(CASE)), "no finding is made"
    added = entries(desk.path)[-3:]
    assert [e["act"] for e in added] == ["assist.answer", "assist.answer", "assist.refuse"]
    journal_is_impersonal(desk)
    again = unchanged(desk, lambda: desk.take(rows, digest="cd" * 32))
    assert [one.before for one in again.taken] == [True] * 3
    rows[2] |= {"result": "查无记载", "text": ""}
    assert [one.before for one in desk.take(rows).taken] == [True, True, False, True]


def changed(key: str, value: str) -> Callable[[Rows], None]:
    """The first row altered."""
    return lambda rows: rows[0].update({key: value})


def swapped(rows: Rows) -> None:
    rows[0]["seal"], rows[1]["seal"] = rows[1]["seal"], rows[0]["seal"]


FAULTS: list[tuple[Callable[[Rows], object], str]] = [
    (changed("check", f"{CASE}-2"), "第 4 行（RS-2026-X00001）锁定的栏目被改动过"),
    (changed("applicant", "别的单位"), "锁定的栏目被改动过"),
    (changed("content", "别的内容"), "锁定的栏目被改动过"),
    (changed("id", "RS-2026-X00002"), "第 4 行（RS-2026-X00002）锁定的栏目被改动过"),
    (changed("id", "RS-2026-X00077"), "第 4 行的 RS-2026-X00077 不在本台账里"),
    (changed("id", "某号"), "第 4 行没有可以认出的协查编号"),
    (changed("seal", ""), "锁定的栏目被改动过"),
    (changed("seal", "00" * 16), "不是本台账发出的"),  # keyed: no other ledger's fits
    (swapped, "锁定的栏目被改动过"),
    (changed("result", "大概相符"), "第 4 行（RS-2026-X00001）的结果不认识"),
    (lambda rows: rows[0].update({"result": "", "text": "一致"}), "没有选结果"),
    (changed("result", "不相符"), "第 4 行：不相符的，要写明哪里不相符"),
    (changed("result", "不能协助"), "第 4 行：不能提供协助的，对方要书面说明理由"),
    (changed("text", "甲\u202e乙"), "第 4 行：答复内容的第 2 个字符"),
    (lambda rows: rows.append(dict(rows[0])), "第 8 行和第 4 行是同一个请求"),
]


@pytest.mark.parametrize(("spoil", "words"), FAULTS, ids=[words[:24] for _, words in FAULTS])
def test_a_faulty_row_stops_all(desk: Desk, spoil: Callable[[Rows], object], words: str) -> None:
    """All faults first, with their rows: nothing is recorded, whatever the other rows say."""
    rows = desk.rows()
    for row in rows:
        row |= {"result": "相符", "text": ""}
    spoil(rows)
    error = refused(desk, lambda: desk.take(rows), BadInput, "一行也没有登记")
    told = [problem.message for problem in error.problems]
    assert any(words in message for message in told), told
    assert not [v for v in (CITIZEN["name"], CITIZEN["id_number"]) if any(v in one for one in told)]


def test_the_others_go_on_where_asked_to(desk: Desk) -> None:
    """--keep-going records the good rows and tells of the faulty ones."""
    rows = desk.rows()
    for row in rows:
        row |= {"result": "相符", "text": "一致"}
    rows[1]["proof"] = "别的证明"
    done = desk.take(rows, keep_going=True)
    assert ([one.row for one in done.taken], len(done.faults)) == ([4, 6, 7], 1)
    assert the_request(desk.ledger, "RS-2026-X00002").state == "asked"


def test_answered_otherwise_meanwhile(desk: Desk) -> None:
    """An answer that stands is not replaced by another one; the same one is no fault."""
    rows = desk.rows()
    desk.answer("RS-2026-X00001", text="已电话确认")
    rows[0] |= {"result": "不相符", "text": "不一致"}
    refused(desk, lambda: desk.take(rows), BadInput, "1 行有误")
    rows[0] |= {"result": "相符", "text": "已电话确认"}
    assert unchanged(desk, lambda: desk.take(rows)).taken[0].before


def test_a_request_id_is_one_import(desk: Desk) -> None:
    """Used for something else, it is refused."""
    rows = desk.rows()
    rows[0] |= {"result": "相符"}
    given = [Given(4, rows[0])]
    desk.ask(f"{CASE}-1", "WJ", when=an_occasion(request_id="i1/RS-2026-X00001"))
    refused(
        desk,
        lambda: import_answers(given, "ab" * 32, ledger=desk.ledger, occasion=on(11, 24, "i1")),
        Refused, "已用于另一次",
    )  # fmt: skip
