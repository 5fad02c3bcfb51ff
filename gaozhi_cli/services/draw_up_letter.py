"""制作告知承诺书: check, number and record a commitment (规程三, 四（一）).

Number and state are committed first; ``make_letter`` writes the file after. Before any number is given
the template is checked, the letter filled once on trial, and the folder proven writable.
"""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.catalog import Catalog
from gaozhi_cli.domain.commitment import Number, new_commitment
from gaozhi_cli.domain.eligibility import Request, eligibility_problems
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.letter import Application, Letter, compose
from gaozhi_cli.domain.problem import NotReady, Problem, Refused, os_reason
from gaozhi_cli.domain.publication import masked_name, masked_number
from gaozhi_cli.domain.vocabulary import CommitmentStatus, LetterState
from gaozhi_cli.storage.home import write_whole
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.records import LetterRow, ProofRow, Query
from gaozhi_cli.storage.transaction import Transaction

ACT = "letter.draw-up"


class DrawnUp(NamedTuple):
    """The new commitment's number, the office's gaps in its letter, whether it was there already.

    ``similar``: open cases of the same applicant and item; ``renamed``: the number was known under
    another name.
    """

    number: str
    warnings: tuple[Problem, ...]
    repeated: bool = False
    similar: tuple[str, ...] = ()
    renamed: bool = False


def draw_up_letter(
    application: Application,
    *,
    catalog: Catalog,
    ledger: Ledger,
    occasion: Occasion,
    template: bytes,
    folder: Path,
    home: Path,
) -> DrawnUp:
    """Record a commitment and the letter to be made for it in ``folder``.

    Raises Refused (a rule of the procedure, or gaps of the office where the county is formal),
    DocumentFailed (template), NotReady (folder, ledger, key). Nothing is recorded then.
    """
    trial = prove_letter(application, catalog=catalog, occasion=occasion, template=template, folder=folder)
    digest = ledger.request_digest(ACT, **_asked(application))
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        before = ledger.repeated(occasion.request_id, ACT, digest)
        if before is None:
            similar, renamed = _known(application, ledger)
            number = _record(act, application, catalog, ledger, occasion, folder, home, digest)
            return DrawnUp(str(number), trial.warnings, similar=similar, renamed=renamed)
        act.nothing()
    return DrawnUp(before, trial.warnings, repeated=True)


def prove_letter(
    application: Application, *, catalog: Catalog, occasion: Occasion, template: bytes, folder: Path
) -> Letter:
    """Everything that can refuse a letter before the ledger is touched. Raises as ``draw_up_letter``."""
    _refuse(application, catalog, occasion)
    trial = compose(application, catalog, "试填〔0000〕00000号")
    gaps = trial.office_gaps(application.item)
    if catalog.county.formal and gaps:
        message = "本县要求承诺书各栏齐全（formal: 是），请管理员先补齐清单"
        raise Refused(message, gaps)
    _try_out(trial, template, folder)
    return trial


def _asked(application: Application) -> dict[str, object]:
    """What was asked for, without what the county says of the item: a repeat stays a repeat."""
    asked = application._asdict()
    del asked["item"]
    proofs = [leaf.proof.id for leaf in application.leaves]
    return asked | {"item_id": application.item.id, "leaves": proofs}


def _known(application: Application, ledger: Ledger) -> tuple[tuple[str, ...], bool]:
    """Open cases of the same applicant and item, and whether the applicant's name has changed."""
    who = application.applicant
    found = ledger.subject_by_number(who.identity.type.value, who.identity.number)
    if found is None:
        return (), False
    query = Query(subjects=(found,), items=(application.item.id,))
    ended = CommitmentStatus.CONCLUDED.value
    similar = tuple(c.case.number for c in ledger.commitments(query) if c.case.status != ended)
    return similar, who.name not in ledger.names_of(found)


def _refuse(application: Application, catalog: Catalog, occasion: Occasion) -> None:
    proofs = tuple(leaf.proof for leaf in application.leaves)
    who, agent = application.applicant, application.agent
    request = Request(application.item, catalog, who, agent, occasion.today, proofs)
    problems = eligibility_problems(request)
    if problems:
        raise Refused("不能采用告知承诺方式办理", tuple(problems))


def _try_out(trial: Letter, template: bytes, folder: Path) -> None:
    """Fill the form once and put the result where letters go: template, folder and disk are proven."""
    from gaozhi_cli.rendering.docx_template import render
    from gaozhi_cli.rendering.letter_docx import open_letter_template

    document = render(open_letter_template(template), trial.values)
    aside = folder / f".gaozhi-{os.urandom(6).hex()}.tmp"
    try:
        write_whole(aside, document)
    except OSError as error:
        message = f"写不进 {folder}（{os_reason(error)}），没有登记；请检查该文件夹是否存在、可写、有空间"
        raise NotReady(message) from None
    finally:
        with suppress(OSError):
            aside.unlink()


def _record(
    act: Transaction,
    application: Application,
    catalog: Catalog,
    ledger: Ledger,
    occasion: Occasion,
    folder: Path,
    home: Path,
    digest: bytes,
) -> Number:
    from gaozhi_cli.rendering.letter_docx import canonical_values

    item, who, today = application.item, application.applicant, occasion.today
    number = act.next_number(item.office, today.year)
    letter = compose(application, catalog, number.official(catalog.county))
    codes = [warning.code for warning in letter.warnings]
    subject = act.subject(
        kind=who.kind.value,
        id_type=who.identity.type.value,
        number=who.identity.number,
        name_shown=masked_name(who.name, who.kind),
        number_shown=masked_number(who.identity.number, who.kind),
        today=today.isoformat(),
    )
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
    docx = _kept_path(folder / f"{number}.docx", home)
    row = LetterRow(
        str(number),
        LetterState.PENDING.value,
        docx,
        None,
        ledger.keyed("fields", values).hex(),
        None,
        None,
        None,
    )
    act.add_commitment(case, proofs, row)
    _keep_people(act, str(number), application, values)
    act.record(
        occasion.entry(
            ACT, str(number), request_digest=digest, item=item.id, subject=subject, warnings=codes,
            fields=row.fields, catalog=catalog.version,
        )
    )  # fmt: skip
    return number


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
        act.personal(number, "agent", fields, id_type=agent.identity.type.value)


def _kept_path(path: Path, home: Path) -> str:
    """The path as the ledger keeps it: within the home relative to it, so that the home can move."""
    full = path.absolute()
    try:
        return full.relative_to(home.absolute()).as_posix()
    except ValueError:
        return str(full)
