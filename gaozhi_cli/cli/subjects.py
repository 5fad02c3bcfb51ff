"""The subject meant by what is typed: a number, an id, a case of theirs, an exact name. Imports no typer."""

from __future__ import annotations

import re
import sys
from typing import TYPE_CHECKING

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.domain.applicant import identity_problems, normal_number
from gaozhi_cli.domain.commitment import parse_number
from gaozhi_cli.domain.problem import BadInput, NotFound, UsageFault
from gaozhi_cli.domain.vocabulary import IdType

if TYPE_CHECKING:
    from gaozhi_cli.storage.ledger import Ledger

PROMPT = "证件号码或统一社会信用代码（不显示）："
SUBJECT_ID = re.compile(r"S[0-9a-f]{16}")
# Letters and digits, at least five, or 军字第…号: what a document's number looks like and no name does.
NUMBER = re.compile(r"(?=(?:.*\d){4})(?:[0-9A-Z()\-]{5,30}|[\u4e00-\u9fff]{1,4}字第[0-9A-Z]{4,}号)")
MOST_NAMED = 10


def typed_subject(text: str) -> str:
    """What was typed; ``-`` reads a line from standard input, since arguments show in process lists."""
    if text != "-":
        return text.strip()
    if sys.stdin.isatty():
        import getpass

        return getpass.getpass(PROMPT, stream=sys.stderr).strip()
    from gaozhi_cli.cli.stdin import decoded

    return decoded(sys.stdin.buffer.readline(1000), "标准输入").strip()


def find_subject(desk: Desk, ledger: Ledger, text: str) -> str | None:
    """The id of the one subject meant; None where no number or name like it is in the ledger.

    Raises NotFound (an id or a case's number that is not there), UsageFault (several go by that name).
    """
    from gaozhi_cli.storage.subjects import known_subject

    if not text:
        raise UsageFault("缺少主体：证件号码、统一社会信用代码、编号，或完整的姓名、名称")
    if SUBJECT_ID.fullmatch(text):
        if not known_subject(ledger, text):
            raise NotFound(f"台账里没有主体 {text}，请核对")
        return text
    number = parse_number(text, desk.catalog.county, desk.catalog.offices)
    if number is not None:
        return ledger.case(str(number)).subject
    types = tuple(word.value for word in IdType)
    found = ledger.subjects_called(text, types) or ledger.subjects_called(normal_number(text), types)
    if len(found) > 1:
        return _chosen(desk, ledger, found)
    return found[0] if found else None


def _chosen(desk: Desk, ledger: Ledger, found: tuple[str, ...]) -> str:
    """One of several that go by the name: chosen at a terminal, else named masked. Raises UsageFault."""
    rows = [ledger.subject(id_) for id_ in found[:MOST_NAMED]]
    shown = [
        f"{row['id']} {row['name_shown']} {IdType(row['id_type']).label} {row['number_shown']}"
        for row in rows
    ]
    if desk.settings.interactive:
        from gaozhi_cli.cli.ask import choose

        return found[choose("哪一个主体", shown)]
    more = f"等 {len(found)} 个" if len(found) > MOST_NAMED else ""
    raise UsageFault(f"对应 {len(found)} 个主体，请用号码或主体编号指明：{'；'.join(shown)}{more}")


def is_number(desk: Desk, text: str) -> bool:
    """Whether what was typed looks like a document's number: no name, no id of ours, no case's number."""
    if SUBJECT_ID.fullmatch(text) or parse_number(text, desk.catalog.county, desk.catalog.offices):
        return False
    return NUMBER.fullmatch(normal_number(text)) is not None


def is_name(desk: Desk, text: str) -> bool:
    """Whether what was typed can only be a name."""
    ours = SUBJECT_ID.fullmatch(text) or parse_number(text, desk.catalog.county, desk.catalog.offices)
    return not ours and not is_number(desk, text)


def stranger(desk: Desk, text: str) -> None:
    """A number of whom nothing is known: a whole one, or else a slip. Raises BadInput, NotFound."""
    if not is_number(desk, text):
        raise NotFound("台账里没有叫这个名字的主体，请写完整的姓名或名称，或用号码查")
    identity_type(desk, text, None)


def identity_type(desk: Desk, text: str, said: IdType | None) -> IdType | None:
    """The kind of document that a number is of: the one said, else by its form; None where that is open.

    Raises BadInput where the number cannot be true.
    """
    number = normal_number(text)
    if said is None and len(number) not in (15, 18):
        return None
    kinds = (said,) if said else _kinds(number)
    faults = {
        kind: identity_problems(kind, number, today=desk.today, label="号码", field="subject")
        for kind in kinds
    }
    whole = next((kind for kind in kinds if not faults[kind]), None)
    if whole is None:
        likely = kinds[0] if number[:17].isdigit() or said else IdType.USCC
        raise BadInput(faults[likely][0].message, tuple(faults[likely]))
    return whole


def _kinds(number: str) -> tuple[IdType, ...]:
    """What a number of 15 or 18 places may be, the likeliest first."""
    if number.startswith(("810000", "820000", "830000")):
        return IdType.RESIDENCE_PERMIT, IdType.USCC
    if number.startswith("9"):
        return IdType.USCC, IdType.FOREIGN_RESIDENT
    if number[:3].isalpha():
        return IdType.FOREIGN_RESIDENT, IdType.USCC
    return IdType.ID_CARD, IdType.USCC
