"""告知: record when, by whom and how the applicant was told the text of the letter (通知四, 规程二（一）)."""

from __future__ import annotations

from typing import NamedTuple

from gaozhi_cli.domain.commitment import step_problems
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotReady, Refused
from gaozhi_cli.domain.vocabulary import ToldWay
from gaozhi_cli.storage.cases import telling
from gaozhi_cli.storage.ledger import Ledger

ACT = "letter.tell"


class Told(NamedTuple):
    """The telling as recorded; ``text``: SM3 of the text told."""

    number: str
    at: str
    by: str
    way: str
    text: str | None


def tell_applicant(
    number: str, way: ToldWay, *, ledger: Ledger, occasion: Occasion, guided: bool = False
) -> Told:
    """Record the telling before the signature; ``guided``: the 办理说明 was handed over too (通知五（六）).

    Raises NotFound, Refused (signed already).
    """
    digest = ledger.asked(
        occasion.request_id, ACT, number=number, way=way.value, **{"guided": True} if guided else {}
    )
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        case = ledger.case(number)
        letter = ledger.letter(number)
        repeated = ledger.repeated(occasion.request_id, ACT, digest) is not None
        if repeated and letter is not None and letter.told_at is not None:
            act.nothing()
            return Told(number, letter.told_at, letter.told_by or "", letter.told_way or "", letter.told_sm3)
        problems = step_problems("tell", case, occasion.today)
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        if letter is None:
            raise NotReady(f"台账缺少 {number} 的承诺书记录；请运行 gaozhi ledger verify 并从备份核对")
        before = letter.told_at
        told = telling(occasion, ledger.now(), way)
        if before is None:  # the first telling is the one that counts; later ones stand in the journal
            act.change_letter(number, **told)
        if guided and case.guided_on is None:
            act.change_commitment(number, guided_on=occasion.today.isoformat())
        act.record(
            occasion.entry(
                ACT, number, reason=None, request_digest=digest, way=way.value, text=letter.told_sm3,
                again=before is not None, **({"guided": True} if guided else {}),
            )
        )  # fmt: skip
    return Told(number, told["told_at"], told["told_by"], told["told_way"], letter.told_sm3)
