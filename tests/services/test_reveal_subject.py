"""查看主体全文: all names and the latest data of a subject; whoever sees them stands in the journal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.services.reveal_subject import reveal_subject
from tests.builders import CITIZEN, an_occasion
from tests.services.test_record_credit import STRANGER, record, subject_of
from tests.storage.test_ledger_contract import Window, journal_is_impersonal, one_entry, refused


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    """A window with an empty ledger."""
    window = Window(tmp_path / "county")
    yield window
    window.ledger.close()


def reveal(window: Window, subject: str) -> dict[str, object]:
    """Show a subject in clear."""
    return reveal_subject(subject, ledger=window.ledger, occasion=an_occasion(), reason="复议调卷")


def test_names_and_the_latest_data(window: Window) -> None:
    """The telephone of the last case, every name with its day; one entry with the reason."""
    first = window.letter("64", CITIZEN, an_occasion(date(2026, 11, 2)))
    window.letter("64", CITIZEN | {"name": "测试乙", "phone": "13900000001"})
    subject = subject_of(window, first)
    with one_entry(window, "person.reveal", subject) as entry:
        shown = reveal(window, subject)
    assert shown == {
        "name": "测试乙", "id_type": "id-card", "number": CITIZEN["id_number"], "phone": "13900000001",
        "names": [
            {"name": "测试甲", "since": "2026-11-02"}, {"name": "测试乙", "since": "2026-11-24"},
        ],
    }  # fmt: skip
    assert (entry["reason"], entry["tables"]) == ("复议调卷", [])
    journal_is_impersonal(window)


def test_who_never_applied(window: Window) -> None:
    """Known by a record alone: name and number."""
    subject = record(window, STRANGER).record.subject
    assert reveal(window, subject) == {
        "name": "测试丁", "id_type": "id-card", "number": STRANGER.identity.number,
        "names": [{"name": "测试丁", "since": "2026-11-24"}],
    }  # fmt: skip


def test_without_the_key_nobody_is_shown(window: Window) -> None:
    """And nothing is journalled."""
    subject = subject_of(window, window.letter("64", CITIZEN))
    next((window.home / "keys").iterdir()).rename(window.home / "elsewhere")
    window.reopen()
    refused(window, lambda: reveal(window, subject), NotReady, "密钥")
