"""信用修复: from its day on the record bars no longer, and stays in the file."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from gaozhi_cli.domain.credit import CreditRecord
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import BadInput, NotFound, Refused
from gaozhi_cli.services.repair_credit import repair_credit
from gaozhi_cli.storage.subjects import credit_record, standing_of
from tests.builders import CITIZEN, TODAY, an_occasion
from tests.services.test_record_credit import record, subject_of
from tests.storage.test_ledger_contract import Window, journal_is_impersonal, one_entry, refused, unchanged

SOURCE = "荥修〔2026〕1号"


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    """A window with one barred citizen: C2026-00001 of SC-2026-00001."""
    window = Window(tmp_path / "county")
    record(window, subject_of(window, window.letter("64", CITIZEN)))
    yield window
    window.ledger.close()


def repair(
    window: Window,
    source: str = SOURCE,
    on: date = TODAY,
    id_: str = "C2026-00001",
    when: Occasion | None = None,
) -> CreditRecord:
    """Record a repair."""
    return repair_credit(id_, source, on, ledger=window.ledger, occasion=when or an_occasion())


def test_repaired_the_route_is_open_again(window: Window) -> None:
    """通知五（二）: 在信用修复前 ends on the day of the repair; the record itself is kept."""
    subject = credit_record(window.ledger, "C2026-00001").subject
    with one_entry(window, "credit.repair", "C2026-00001") as entry:
        done = repair(window, on=date(2026, 11, 23))
    assert (done.repaired_on, done.repair_source) == ("2026-11-23", SOURCE)
    assert done == credit_record(window.ledger, "C2026-00001")
    assert entry["tables"] == ["credit_records"]
    assert entry["detail"] == {"subject": subject, "repaired_on": "2026-11-23"}
    journal_is_impersonal(window)
    assert standing_of(window.ledger, subject, date(2026, 11, 23)).eligible
    assert not standing_of(window.ledger, subject, date(2026, 11, 22)).eligible
    assert window.draw_up("64", CITIZEN) == "SC-2026-00002"


def test_repaired_once(window: Window) -> None:
    """Repeated it is the same; with another day or document it is refused; on trial nothing is kept."""
    unchanged(window, lambda: repair(window, when=an_occasion(dry_run=True)))
    first = repair(window, when=an_occasion(request_id="修复-1"))
    assert unchanged(window, lambda: repair(window, when=an_occasion(request_id="修复-1"))) == first
    assert unchanged(window, lambda: repair(window)) == first
    refused(window, lambda: repair(window, "另一文号"), Refused, "已于 2026-11-24 修复")
    refused(
        window, lambda: repair(window, "另一文号", when=an_occasion(request_id="修复-1")), Refused, "修复-1"
    )


@pytest.mark.parametrize(
    ("source", "on", "words"),
    [
        ("", TODAY, "未写明修复文书"),
        ("测试甲的修复决定", TODAY, "只写文号"),
        (SOURCE, date(2026, 11, 25), "晚于登记日期"),
        (SOURCE, date(2026, 11, 19), "早于决定日期"),
    ],
)
def test_what_is_no_repair(window: Window, source: str, on: date, words: str) -> None:
    """A repair is a decision with its document and day."""
    refused(window, lambda: repair(window, source, on), BadInput, words)


def test_unknown_record(window: Window) -> None:
    refused(window, lambda: repair(window, id_="C2026-00099"), NotFound, "C2026-00099")
