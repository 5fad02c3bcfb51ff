"""Records a case and its letter: what drawing up one letter and a batch of them write alike.

Number and state are committed before the file is made; the sealed values, the keyed digest of them and
the journal's head before the entry are all that is needed to make the same letter at any later time.
"""

from __future__ import annotations

import errno
import hashlib
import json
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.applicant import Applicant
from gaozhi_cli.domain.catalog import Catalog, Item
from gaozhi_cli.domain.commitment import ORDINARY_SERIES, new_commitment, new_ordinary
from gaozhi_cli.domain.form import CANONICAL, TOLD_BLANKS, Values, canonical_values, told_text
from gaozhi_cli.domain.journal import Occasion, sm3
from gaozhi_cli.domain.letter import Application, compose
from gaozhi_cli.domain.problem import NotReady, os_reason
from gaozhi_cli.domain.publication import masked_name, masked_number
from gaozhi_cli.domain.vocabulary import AgentKind, LetterState, OrdinaryReason, ToldWay
from gaozhi_cli.storage.home import write_new, write_private, write_quickly, write_whole
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.records import LetterRow, ProofRow
from gaozhi_cli.storage.transaction import Transaction

DRAW_UP = "letter.draw-up"
MAKE = "letter.make"


class Recorded(NamedTuple):
    """A case as recorded: its letter's row and values, the codes of the office's gaps.

    ``met``: whether the applicant is new, known, or known under another name.
    """

    letter: LetterRow
    values: Values
    warnings: tuple[str, ...]
    met: str = "new"

    @property
    def number(self) -> str:
        """编号."""
        return self.letter.number


def record_case(
    act: Transaction,
    application: Application,
    *,
    catalog: Catalog,
    ledger: Ledger,
    occasion: Occasion,
    folder: Path,
    home: Path,
    template_sha256: str,
    told: ToldWay | None,
    request_digest: bytes,
) -> Recorded:
    """Number and write a case as drawn up in this act, with the entry of the act.

    ``told``: how the applicant was told today, None where that is still to come (通知四).
    """
    item, who, today = application.item, application.applicant, occasion.today
    number = act.next_number(item.office, today.year)
    letter = compose(application, catalog, number.official(catalog.county))
    codes = tuple(warning.code for warning in letter.warnings)
    subject = _subject(act, who, today.isoformat())
    case = new_commitment(
        number,
        county=catalog.county,
        item=item.id,
        matter=item.matter,
        version=(catalog.version, catalog.digest),
        subject=subject,
        today=today,
        consent=application.consent,
        warnings=",".join(codes) or None,
    )
    values = canonical_values(letter.values)
    proofs = [
        ProofRow(str(number), leaf.proof.id, place, leaf.proof.name, leaf.proof.method.value,
                 "；".join(leaf.when) or None)
        for place, leaf in enumerate(application.leaves, start=1)
    ]  # fmt: skip
    row = LetterRow(
        number=str(number),
        state=LetterState.PENDING.value,
        docx=f"{_kept_folder(folder, home)}{number}.docx",
        docx_sha256=None,
        fields=ledger.keyed("fields", values).hex(),
        template_sha256=template_sha256,
        pdf=None,
        pdf_sha256=None,
        anchor=act.anchor,
        told_sm3=_told_digest(CANONICAL.encode({name: letter.values[name] for name in TOLD_BLANKS})),
        **(telling(occasion, ledger.now(), told) if told else {}),
    )
    act.add_commitment(case, proofs, row)
    _keep_people(act, str(number), application, values)
    act.record(
        occasion.entry(
            DRAW_UP, str(number), request_digest=request_digest, item=item.id, subject=subject,
            warnings=list(codes), fields=row.fields, catalog=catalog.version,
            told=told.value if told else None, told_text=row.told_sm3,
        )
    )  # fmt: skip
    return Recorded(row, letter.values, codes, act.met)


def record_ordinary(
    act: Transaction,
    who: Applicant,
    item: Item,
    because: OrdinaryReason,
    *,
    catalog: Catalog,
    occasion: Occasion,
) -> str:
    """Number and write a case of the 一般程序 in this act; its number."""
    today = occasion.today
    number = act.next_number(item.office, today.year, ORDINARY_SERIES)
    subject = _subject(act, who, today.isoformat())
    case = new_ordinary(
        number, item=item.id, matter=item.matter, version=(catalog.version, catalog.digest),
        subject=subject, today=today, because=because,
    )  # fmt: skip
    act.add_ordinary(case)
    fields = {
        "name": who.name, "number": who.identity.number, "phone": who.phone, "contact": who.contact,
        "address": who.address,
    }  # fmt: skip
    act.personal(
        str(number), "applicant", fields, id_type=who.identity.type.value,
        name_shown=masked_name(who.name, who.kind),
    )  # fmt: skip
    return str(number)


def _subject(act: Transaction, who: Applicant, today: str) -> str:
    """The subject that the applicant is, new or known."""
    return act.subject(
        kind=who.kind.value,
        id_type=who.identity.type.value,
        number=who.identity.number,
        name_shown=masked_name(who.name, who.kind),
        number_shown=masked_number(who.identity.number, who.kind),
        today=today,
    )


def telling(occasion: Occasion, at: str, way: ToldWay) -> dict[str, str]:
    """告知 as the letter's row keeps it: when, by whom, how; which text stands there since drawing up.

    ``at``: the clock's time, kept where the act is dated today; else the day it is dated.
    """
    day = occasion.today.isoformat()
    return {
        "told_at": at if at.startswith(day) else day,
        "told_by": occasion.actor.operator,
        "told_way": way.value,
    }


@lru_cache(maxsize=256)
def _told_digest(values: str) -> str:
    """SM3 of the text told; the letters of an item tell the same."""
    return sm3(told_text(json.loads(values)).encode()).hex()


@lru_cache(maxsize=16)
def _kept_folder(folder: Path, home: Path) -> str:
    kept = kept_path(folder / "x", home)
    return kept[:-1]


def place_letter(path: Path, document: bytes, same: Callable[[bytes, bytes], bool], *, quick: bool) -> bytes:
    """What lies under the letter's name now: ``document``, or the one with the ``same`` content found there.

    The batch and whoever finishes its letters may do so at one time: the first file stays, to the byte.
    Raises FileExistsError where it is another file, OSError.
    """
    there = path.read_bytes() if os.path.lexists(path) else None
    if there is None:
        try:
            write_new(path, document, quick=quick)
            return document
        except FileExistsError:
            there = path.read_bytes()
    if there == document or same(there, document):
        return there
    if there.strip(b"\0"):
        raise FileExistsError(errno.EEXIST, os.strerror(errno.EEXIST), str(path))
    (write_quickly if quick else write_whole)(path, document)  # a power cut left it empty, or of zeros
    return document


def mark_made(act: Transaction, number: str, digest: str, occasion: Occasion) -> None:
    """The letter's file lies in its place: its sha256 stands in the ledger from now on."""
    act.change_letter(number, state=LetterState.MADE.value, docx_sha256=digest)
    act.record(occasion.entry(MAKE, number, sha256=digest))


def kept_path(path: Path, home: Path) -> str:
    """The path as the ledger keeps it: within the home relative to it, so that the home can move."""
    full = path.absolute()
    try:
        return full.relative_to(home.absolute()).as_posix()
    except ValueError:
        return str(full)


def keep_template(home: Path, data: bytes) -> str:
    """Put the template aside under its sha256, so that its letters can be made again. Raises NotReady."""
    sha256 = hashlib.sha256(data).hexdigest()
    if kept_template(home, sha256) is None:
        try:
            write_private(_template_path(home, sha256), data)
        except OSError as error:
            message = f"存不下所用的模板（{os_reason(error)}：{error.filename}），没有登记"
            raise NotReady(f"{message}；请检查权限和磁盘空间") from None
    return sha256


def kept_template(home: Path, sha256: str | None) -> bytes | None:
    """The template that was put aside; None where there is none or it was changed."""
    if sha256 is None:
        return None
    try:
        data = _template_path(home, sha256).read_bytes()
    except OSError:
        return None
    return data if hashlib.sha256(data).hexdigest() == sha256 else None


def _template_path(home: Path, sha256: str) -> Path:
    return home / "templates" / "used" / f"{sha256}.docx"


def _keep_people(act: Transaction, number: str, application: Application, values: str) -> None:
    """The personal data of the case: sealed, in the table made for it."""
    who, agent = application.applicant, application.agent
    fields = {
        "name": who.name,
        "number": who.identity.number,
        "phone": who.phone,
        "contact": who.contact,
        "address": who.address,
        "site_address": application.site_address,
        "text": values,
    }
    shown = masked_name(who.name, who.kind)
    id_type = who.identity.type.value
    act.personal(number, "applicant", fields, id_type=id_type, name_shown=shown)
    if agent is not None:
        fields = {
            "name": agent.name,
            "number": agent.identity.number,
            "phone": agent.phone,
            "text": agent.authorization,
        }
        role = "guardian" if agent.kind is AgentKind.GUARDIAN else "agent"  # no 委托代理人 in any document
        act.personal(number, role, fields, id_type=agent.identity.type.value)
