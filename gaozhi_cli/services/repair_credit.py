"""信用修复: a record bars no longer from the day it was repaired (通知五（二）: 在信用修复前不适用)."""

from __future__ import annotations

from datetime import date

from gaozhi_cli.domain.credit import CreditRecord, repair_problems
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import BadInput, Problem, Refused
from gaozhi_cli.domain.standing import CREDIT_CLAUSE
from gaozhi_cli.domain.vocabulary import SubjectKind
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.subjects import credit_record

ACT = "credit.repair"


def repair_credit(id_: str, source: str, on: date, *, ledger: Ledger, occasion: Occasion) -> CreditRecord:
    """Record the repair of a record with its document; the record itself stays.

    Raises NotFound, Refused (repaired already), BadInput (dates, document).
    """
    digest = ledger.asked(occasion.request_id, ACT, id=id_, source=source, on=on)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        record = credit_record(ledger, id_)
        repaired = {"repaired_on": on.isoformat(), "repair_source": source.strip()}
        again = ledger.repeated(occasion.request_id, ACT, digest) is not None
        if again or record == record._replace(**repaired):
            act.nothing()
            return record
        if record.repaired_on is not None:
            message = f"{id_} 已于 {record.repaired_on} 修复（{record.repair_source}），没有再登记"
            raise Refused(message, (Problem("repaired", message, CREDIT_CLAUSE),))
        citizen = ledger.subject(record.subject)["kind"] == SubjectKind.CITIZEN.value
        names = ledger.names_of(record.subject) if citizen else set()
        problems = repair_problems(record, source, on, names, occasion.today)
        if problems:
            raise BadInput(problems[0].message, tuple(problems))
        act.change_credit(id_, **repaired)
        act.record(
            occasion.entry(
                ACT, id_, request_digest=digest, subject=record.subject, repaired_on=on.isoformat()
            )
        )
    return record._replace(**repaired)
