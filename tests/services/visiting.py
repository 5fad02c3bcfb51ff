"""A window whose acts are those of 现场核查: handing out, printing, taking in, evidence, whole sheets."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from functools import lru_cache
from pathlib import Path
from typing import Any

import pytest

from gaozhi_cli.domain.closing import Answer
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.visits import Dispatch, Visit
from gaozhi_cli.domain.vocabulary import EvidenceKind
from gaozhi_cli.rendering.work_sheet import TEMPLATE, open_sheet_template, sheet_files
from gaozhi_cli.services.close_sheet import SheetClosed, close_sheet
from gaozhi_cli.services.dispatch_visits import Dispatched, dispatch_visits
from gaozhi_cli.services.keep_evidence import Kept, keep_evidence
from gaozhi_cli.services.print_sheet import Printed, print_sheet
from gaozhi_cli.services.receive_sheet import Received, receive_sheet
from gaozhi_cli.storage.closing import FileMark, Place
from gaozhi_cli.storage.home import Home
from gaozhi_cli.storage.sheet_answers import read_answers
from gaozhi_cli.storage.visits import County
from tests.builders import ORGANIZATION, an_occasion
from tests.storage.test_ledger_contract import THREE_CHECKS, Window

NUMBER = "RS-2026-00001"
SHEET = "RS-2026-D00001"
IDS = [f"{NUMBER}-{n}" for n in (1, 2, 3)]
ELSEWHERE = {**ORGANIZATION, "proof": "rs-14.2", "site_address": "荥阳市别处路9号"}


opened = lru_cache(open_sheet_template)


class Visiting(Window):
    """Two accepted cases of one organization: three on-site checks at one place, one at another."""

    @property
    def county(self) -> County:
        """The county's data: one version of the 清单."""
        return County(self.catalog, lambda _: self.catalog)

    def dispatch(self, *targets: str, when: Occasion | None = None, **more: Any) -> Dispatched:
        """Hand out."""
        given = {"assignee": "李核查", "office": None, "until": None, "window": None, **more}
        return dispatch_visits(
            targets, county=self.county, calendar=self.calendar,
            ledger=self.ledger, occasion=when or an_occasion(), **given,
        )  # fmt: skip

    def draw(self, sheet: Dispatch, visits: tuple[Visit, ...]) -> dict[str, bytes]:
        """The files of a sheet."""
        template = opened(Home(self.home).template(TEMPLATE).read_bytes())
        return sheet_files(sheet, visits, self.catalog.office(sheet.office).name, template)

    def print(self, id_: str = SHEET, when: Occasion | None = None, **more: Any) -> Printed:
        """Make the files of a sheet."""
        given = {"draw": self.draw, "folder": self.home / "sheets", **more}
        return print_sheet(
            id_,
            county=self.county,
            ledger=self.ledger,
            occasion=when or an_occasion(),
            **given,
        )

    def receive(self, id_: str = SHEET, by: str | None = None, when: Occasion | None = None) -> Received:
        """Take a sheet in."""
        return receive_sheet(id_, by=by, ledger=self.ledger, occasion=when or an_occasion())

    def keep(self, id_: str, *files: FileMark, when: Occasion | None = None) -> Kept:
        """Keep photos by digest."""
        return keep_evidence(
            id_, files, kind=EvidenceKind.PHOTO, ledger=self.ledger, occasion=when or an_occasion()
        )

    def close_sheet(
        self, answers: list[Answer], when: Occasion | None = None, **more: Any
    ) -> SheetClosed:  # fmt: skip
        """Close what a sheet says."""
        return close_sheet(SHEET, answers, ledger=self.ledger, occasion=when or an_occasion(), **more)

    def place(self, own: str | None = None) -> Place:
        """A place that knows the county's data; ``own``: its office."""
        return Place(own, self.county)

    def filled(self, **findings: tuple[str, str, str]) -> list[Answer]:
        """The sheet's json come back: finding, evidence, inspectors by the last figure of the check."""
        path = self.home / "sheets" / f"{SHEET}.json"
        whole = json.loads(path.read_text("utf-8"))
        for row in whole["checks"]:
            said = findings.get(f"c{row['id'][-1]}") if row["number"] == NUMBER else None
            if said is not None:
                row |= dict(zip(("finding", "evidence", "inspectors"), said, strict=True))
        back = self.home / "back.json"
        back.write_text(json.dumps(whole, ensure_ascii=False), "utf-8")
        return read_answers(back)


@pytest.fixture(scope="session")
def visited(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visiting]:
    """The window made once, to copy from."""
    window = Visiting(tmp_path_factory.mktemp("visiting") / "county")
    with closing(window.ledger):
        for form in (THREE_CHECKS, ELSEWHERE):
            number = window.letter("14", form)
            window.sign(number)
            window.accept(number)
        yield window


@pytest.fixture
def visiting(visited: Visiting, tmp_path: Path) -> Iterator[Visiting]:
    """A copy to act on."""
    window = visited.copied(tmp_path / "county")
    assert isinstance(window, Visiting)
    with closing(window.ledger):
        yield window
