"""查看个人信息: whoever sees a person in clear stands in the journal, with the reason."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gaozhi_cli.domain.problem import NotFound, NotReady
from tests.builders import ORGANIZATION
from tests.storage.test_ledger_contract import (
    EVIDENCE,
    THREE_CHECKS,
    WITH_AGENT,
    Window,
    journal_is_impersonal,
    one_entry,
    raw,
    refused,
)


@pytest.fixture
def window(tmp_path: Path) -> Iterator[Window]:
    """A window with an empty ledger."""
    window = Window(tmp_path / "county")
    yield window
    window.ledger.close()


def test_people_in_clear_and_one_entry(window: Window) -> None:
    """Applicant with the promise, agent with the authorization, the evidence of each check."""
    number = window.letter("16", WITH_AGENT)
    window.sign(number)
    window.accept(number)
    window.close(f"{number}-1")
    with one_entry(window, "person.reveal", number) as entry:
        people = window.reveal(number)
    assert people == {
        "applicant": {
            "name": WITH_AGENT["name"], "id_type": "id-card", "number": WITH_AGENT["id_number"],
            "phone": WITH_AGENT["phone"], "statement": WITH_AGENT["statement"],
        },
        "agent": {
            "name": WITH_AGENT["agent_name"], "id_type": "id-card", "number": WITH_AGENT["agent_id_number"],
            "phone": WITH_AGENT["agent_phone"], "authorization": WITH_AGENT["authorization"],
        },
        f"{number}-1": {"evidence": EVIDENCE},
    }  # fmt: skip
    assert (entry["reason"], entry["tables"], entry["operator"]) == ("申请人来电询问", [], "测试经办")
    journal_is_impersonal(window)


def test_organization_in_clear(window: Window) -> None:
    """With contact and both addresses; no agent, no empty one."""
    number = window.draw_up("14", THREE_CHECKS)
    people = window.reveal(number)
    assert list(people) == ["applicant"]
    shown = {key: people["applicant"][key] for key in ("name", "contact", "phone", "address", "site_address")}
    assert shown == {key: ORGANIZATION[key] for key in shown}


def test_each_look_is_journalled(window: Window) -> None:
    """Three looks, three entries; the history shows them."""
    number = window.draw_up("14", THREE_CHECKS)
    for n in range(3):
        with one_entry(window, "person.reveal", number):
            window.reveal(number, f"理由{n}")
    reasons = [entry["reason"] for entry in window.ledger.history(number)]
    assert reasons == [None, "理由0", "理由1", "理由2"]


def test_unknown_number(window: Window) -> None:
    """Nothing shown, nothing journalled."""
    refused(window, lambda: window.reveal("RS-2026-00009"), NotFound, "RS-2026-00009")


def test_what_cannot_be_opened_is_not_shown(window: Window) -> None:
    """An altered field or a lost key: one sentence, nothing shown, nothing journalled."""
    number = window.draw_up("14", THREE_CHECKS)
    with raw(window.path) as base:
        base.execute("UPDATE personal SET phone = contact")
    refused(window, lambda: window.reveal(number), NotReady, "打不开")
    next((window.home / "keys").iterdir()).unlink()
    window.reopen()
    refused(window, lambda: window.reveal(number), NotReady, "密钥")
