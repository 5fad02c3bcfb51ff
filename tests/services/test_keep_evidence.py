"""留存凭据: digest and size, the same file once; a finding counts what is kept."""

from __future__ import annotations

from gaozhi_cli.domain.problem import NotFound, Refused
from gaozhi_cli.storage.closing import FileMark
from tests.builders import an_occasion
from tests.services.visiting import IDS, NUMBER, Visiting, visited, visiting
from tests.storage.test_ledger_contract import one_entry, refused, unchanged

__all__ = ["visited", "visiting"]
ONE, OTHER = FileMark("ab" * 32, 9), FileMark("cd" * 32, 5_000_000_000)


def test_the_same_file_is_kept_once(visiting: Visiting) -> None:
    """One entry in the case's history, with digests and sizes; what is known adds nothing."""
    with one_entry(visiting, "verify.evidence", NUMBER) as entry:
        done = visiting.keep(IDS[0], ONE, OTHER, ONE)
    assert [(file.id, file.sha256, file.bytes) for file in done.files] == [
        (f"{IDS[0]}-E01", *ONE), (f"{IDS[0]}-E02", *OTHER),
    ]  # fmt: skip
    assert entry["detail"] == {"check": IDS[0], "kind": "photo", "files": [list(ONE), list(OTHER)]}
    assert unchanged(visiting, lambda: visiting.keep(IDS[0], OTHER)).added == ()
    assert visiting.keep(IDS[1], ONE).added == (f"{IDS[1]}-E01",)


def test_a_finding_counts_what_is_kept(visiting: Visiting) -> None:
    """Kept before or shown with the finding; the entry names the digests; more may come afterwards."""
    visiting.keep(IDS[0], ONE)
    with one_entry(visiting, "verify.close", NUMBER) as entry:
        assert visiting.close(IDS[0], files=(ONE, OTHER)).files == 2
    assert entry["detail"]["files"] == [ONE.sha256, OTHER.sha256]
    assert len(visiting.keep(IDS[0], FileMark("ef" * 32, 1)).files) == 3


def test_repeats_trials_and_unknown_checks(visiting: Visiting) -> None:
    """A repeat adds nothing, its id serves nothing else; a trial writes nothing; no check, nothing kept."""
    unchanged(visiting, lambda: visiting.keep(IDS[0], ONE, when=an_occasion(dry_run=True)))
    when = an_occasion(request_id="r")
    visiting.keep(IDS[0], ONE, when=when)
    assert len(unchanged(visiting, lambda: visiting.keep(IDS[0], ONE, when=when)).files) == 1
    refused(visiting, lambda: visiting.keep(IDS[0], OTHER, when=when), Refused, "r 已用于")
    refused(visiting, lambda: visiting.keep(f"{NUMBER}-9", ONE), NotFound, f"{NUMBER}-9")
