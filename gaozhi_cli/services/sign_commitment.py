"""签署: the applicant has signed and the original is in hand (附件2 二（五）：提交签章后的原件)."""

from __future__ import annotations

from typing import NamedTuple

from gaozhi_cli.domain.commitment import TRANSITIONS, after_step, step_problems
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import Problem, Refused
from gaozhi_cli.domain.vocabulary import LetterState, ToldWay
from gaozhi_cli.storage.cases import telling
from gaozhi_cli.storage.ledger import Ledger

ACT = "commitment.sign"


class Signed(NamedTuple):
    """The case's new status, and the office's gaps that the letter still shows (their codes)."""

    number: str
    status: str
    warnings: tuple[str, ...]


def sign_commitment(
    number: str, *, ledger: Ledger, occasion: Occasion, scan_sha256: str | None = None
) -> Signed:
    """Record the signature; where no telling was recorded, the letter that was signed told.

    ``scan_sha256``: the signed original as scanned. Raises NotFound, Refused (order of the steps).
    """
    digest = ledger.asked(
        occasion.request_id, ACT, number=number, **{"scan": scan_sha256} if scan_sha256 else {}
    )
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        case = ledger.case(number)
        warnings = tuple((case.warnings or "").split(",")) if case.warnings else ()
        if ledger.repeated(occasion.request_id, ACT, digest) is not None:
            act.nothing()
            return Signed(number, case.status, warnings)
        day = occasion.today.isoformat()
        problems = step_problems("sign", case, occasion.today)
        letter = ledger.letter(number)
        if letter is not None and letter.state == LetterState.PURGED.value:
            message = f"{number} 的个人信息已按保管期限清除，不能再签署；请重新制作承诺书"
            problems.append(Problem("purged", message))
        elif not problems and (letter is None or letter.docx_sha256 is None):
            message = f"{number} 的告知承诺书文件还没有生成，不能签署；恢复存放的文件夹后再试"
            problems.append(Problem("letter-pending", message, "附件2 二（五）"))
        if letter is not None and letter.told_at is not None and letter.told_at[:10] > day:
            message = f"签署日期 {day} 早于登记的告知日期 {letter.told_at[:10]}"
            problems.append(Problem("step-date", message))
        if problems:
            raise Refused(problems[0].message, tuple(problems))
        status, column = after_step("sign", case), TRANSITIONS["sign"].day
        act.change_commitment(
            number, **{"status": status.value, column: occasion.today.isoformat(), "scan_sha256": scan_sha256}
        )
        told = letter is not None and letter.told_at is not None
        if not told:  # the letter itself tells; whoever signs it says so (三（一）)
            act.change_letter(number, **telling(occasion, ledger.now(), ToldWay.PAPER))
        act.record(
            occasion.entry(
                ACT,
                number,
                request_digest=digest,
                warnings=list(warnings),
                told_before=told,
                **({"scan": scan_sha256} if scan_sha256 else {}),
            )
        )
    return Signed(number, status.value, warnings)
