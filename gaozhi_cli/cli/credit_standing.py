"""What the 诚信档案 says of applicants, looked up before anything of theirs is recorded (通知五（二）)."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path
from typing import TYPE_CHECKING

from gaozhi_cli.domain.applicant import Identity
from gaozhi_cli.domain.batch import Checked, with_standing
from gaozhi_cli.domain.problem import NotReady
from gaozhi_cli.domain.standing import CLEAR, CreditStanding

if TYPE_CHECKING:
    from gaozhi_cli.cli.context import Desk
    from gaozhi_cli.storage.ledger import Ledger

CREDIT_REMARK = "提示：只核对了本台账登记的信用记录，信用平台上的不良信用记录请另行核对（通知五（二））"


class Standings:
    """The standing of applicants as the ledger has it, read only; nothing where there is no ledger yet."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._ledger: Ledger | None = None

    def __enter__(self) -> Standings:
        if Path(self._desk.settings.ledger).exists():
            self._ledger = self._desk.read_ledger()
        return self

    def __exit__(self, *_: object) -> None:
        if self._ledger is not None:
            self._ledger.close()

    def of_many(self, people: Collection[Identity]) -> dict[Identity, CreditStanding]:
        """Those whom something bars today."""
        ledger, desk = self._ledger, self._desk
        if ledger is None or not people:
            return {}
        from gaozhi_cli.storage.subjects import standings

        return standings(ledger, people, desk.today)

    def asked_before(self) -> bool:
        """Whether this very request was carried out already: its repeat is told what stands."""
        id_ = self._desk.settings.request_id
        return self._ledger is not None and id_ is not None and bool(self._ledger.requests([id_]))

    def drawn_before(self, key: bytes) -> bool:
        """Whether an earlier run of the batch has drawn up this row's letter: it stands."""
        from gaozhi_cli.services.draw_up_batch import row_request

        if self._ledger is None:
            return False
        id_, _ = row_request(self._ledger, self._desk.settings.request_id, key)
        return bool(self._ledger.requests([id_]))


def with_credit(desk: Desk, checked: Checked) -> Checked:
    """A form with what bars its applicant. Without the key nobody can be found: that is told."""
    if checked.applicant is None:
        return checked
    who = checked.applicant.identity
    with Standings(desk) as credit:
        try:
            known = {} if credit.asked_before() else credit.of_many((who,))
        except NotReady as error:
            desk.say(f"提示：没有核对信用记录：{error.message}")
            known = {}
    return with_standing(checked, known.get(who, CLEAR))
