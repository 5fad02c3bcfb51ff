"""What open checks promise: opened page by page, and of it only what a register is asked about."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from gaozhi_cli.domain.comparing import ComparedField
from gaozhi_cli.domain.registers import Key
from gaozhi_cli.domain.vocabulary import ClaimPart, CompareAs
from gaozhi_cli.services.rotate_key import rotate_key
from gaozhi_cli.storage import claims as module
from gaozhi_cli.storage.claims import open_claims
from tests.builders import CITIZEN, an_occasion
from tests.sources.registers import a_source
from tests.storage.test_ledger_contract import WITH_AGENT, Window

SOURCE = a_source(serves=("sb-24",))


@pytest.fixture(scope="module")
def window(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Window]:
    """Three citizens, one with an agent, each with an open online check."""
    window = Window(tmp_path_factory.mktemp("claims") / "county")
    for form in (CITIZEN, WITH_AGENT, CITIZEN):
        number = window.letter("24", {**form, "proof": "sb-24.1"})
        window.sign(number)
        window.accept(number)
    yield window
    window.ledger.close()


def test_pages_end_where_the_checks_do(window: Window, monkeypatch: pytest.MonkeyPatch) -> None:
    """However they are cut, each check comes once."""
    whole = list(open_claims(window.ledger, SOURCE))
    assert [one.id for one in whole] == [f"SB-2026-0000{n}-1" for n in (1, 2, 3)]
    for page in (1, 2, 3):
        monkeypatch.setattr(module, "PAGE", page)
        assert list(open_claims(window.ledger, SOURCE)) == whole
        assert list(open_claims(window.ledger, SOURCE, office="SB")) == whole
    assert list(open_claims(window.ledger, SOURCE, office="RS")) == []
    left = list(open_claims(window.ledger, SOURCE, left_out={whole[1].id}))
    assert left == [whole[0], whole[2]]


def test_the_parts_that_are_asked_for(window: Window) -> None:
    """Birth date and phone of the applicant, the agent's number; without an agent nothing to ask by."""
    fields = (
        ComparedField("出生", "CS", CompareAs.DATE, ClaimPart.BORN),
        ComparedField("电话", "DH", CompareAs.NUMBER, ClaimPart.PHONE),
    )
    source = SOURCE._replace(key=Key(ClaimPart.AGENT_NUMBER, "HM"), fields=fields)
    first, second, _ = open_claims(window.ledger, source)
    assert first.claim is None and "代理人证件号码" in first.why
    assert second.claim is not None
    assert second.claim.values == (WITH_AGENT["agent_id_number"], "1985-06-06", WITH_AGENT["phone"])


def test_what_a_register_does_not_know(window: Window) -> None:
    """Another kind of document; a proof that it does not serve is passed over, unless it was asked for."""
    organizations = SOURCE._replace(key=Key(ClaimPart.NUMBER, "HM", ("uscc",)))
    assert {one.why for one in open_claims(window.ledger, organizations)} == {"来源不记载这种证件的号码"}
    other = SOURCE._replace(serves=("rs-01",))
    assert list(open_claims(window.ledger, other)) == []
    (one,) = open_claims(window.ledger, other, ids=["SB-2026-00001-1"])
    assert one.claim is None and one.why == "来源不包括这项证明"


def test_a_key_that_was_rotated_meanwhile(window: Window, tmp_path: Path) -> None:
    """Another process has changed the ledger's key: the claims open all the same."""
    copied = window.copied(tmp_path / "county")
    whole = list(open_claims(copied.ledger, SOURCE))
    other = window.copied(tmp_path / "other")
    other.ledger.close()
    from tests.storage.test_ledger_contract import reopened

    elsewhere = reopened(copied.home)
    rotate_key(ledger=elsewhere, occasion=an_occasion(), keys=copied.home / "keys")
    elsewhere.close()
    assert list(open_claims(copied.ledger, SOURCE)) == whole
    copied.ledger.close()
