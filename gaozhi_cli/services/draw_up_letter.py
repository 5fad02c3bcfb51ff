"""制作告知承诺书: check, number and record a commitment (规程三, 四（一）).

Number and state are committed first; ``make_letter`` writes the file after. Before any number is given
the template is checked, the letter filled once on trial, and the folder proven writable.
"""

from __future__ import annotations

import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.catalog import Catalog
from gaozhi_cli.domain.commitment import ENDED
from gaozhi_cli.domain.eligibility import Request, eligibility_problems
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.letter import Application, Letter, compose
from gaozhi_cli.domain.problem import NotReady, Problem, Refused, os_reason
from gaozhi_cli.domain.standing import CLEAR, CreditStanding
from gaozhi_cli.domain.vocabulary import AgentKind, ToldWay
from gaozhi_cli.storage.cache_files import CacheFiles
from gaozhi_cli.storage.cases import DRAW_UP, keep_template, record_case
from gaozhi_cli.storage.home import write_whole
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.records import Query
from gaozhi_cli.storage.subjects import standing_of_applicant


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
    told: ToldWay | None = None,
) -> DrawnUp:
    """Record a commitment and the letter to be made for it in ``folder``.

    ``told``: how the applicant is being told (告知); None leaves that to be recorded later.
    Raises Refused (a rule of the procedure, or gaps of the office where the county is formal),
    DocumentFailed (template), NotReady (folder, ledger, key). Nothing is recorded then.
    """
    who = application.applicant.identity
    id_ = occasion.request_id
    repeat = id_ is not None and bool(ledger.requests([id_]))  # what stands already is not asked again
    standing = CLEAR if repeat else standing_of_applicant(ledger, who, occasion.today)
    trial = prove_letter(
        application, catalog=catalog, occasion=occasion, template=template, folder=folder, home=home,
        standing=standing,
    )  # fmt: skip
    ledger.keys()  # without the key nothing is put aside for a letter that cannot be registered
    digest = ledger.asked(occasion.request_id, DRAW_UP, **_asked(application))
    sha256 = hashlib.sha256(template).hexdigest() if occasion.dry_run else keep_template(home, template)
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        before = ledger.repeated(occasion.request_id, DRAW_UP, digest)
        if before is None:
            if (now := standing_of_applicant(ledger, who, occasion.today)) != standing:
                _refuse(application, catalog, occasion, now)  # a record came in since
            similar, renamed = _known(application, ledger)
            case = record_case(
                act, application, catalog=catalog, ledger=ledger, occasion=occasion, folder=folder,
                home=home, template_sha256=sha256, told=told, request_digest=digest,
            )  # fmt: skip
            return DrawnUp(case.number, trial.warnings, similar=similar, renamed=renamed)
        act.nothing()
    return DrawnUp(before, trial.warnings, repeated=True)


def prove_letter(
    application: Application,
    *,
    catalog: Catalog,
    occasion: Occasion,
    template: bytes,
    folder: Path,
    home: Path,
    standing: CreditStanding = CLEAR,
) -> Letter:
    """Everything that can refuse a letter before the ledger is touched. Raises as ``draw_up_letter``."""
    _refuse(application, catalog, occasion, standing)
    trial = compose(application, catalog, "试填〔0000〕00000号")
    lacking = trial.unexplained()
    if lacking:
        raise Refused("告知承诺书各部分没有齐全，没有登记", lacking)
    gaps = trial.office_gaps(application.item)
    if catalog.county.formal and gaps:
        message = "本县要求承诺书各栏齐全（formal: 是），请管理员先补齐清单"
        raise Refused(message, gaps)
    _try_out(trial, template, folder, home)
    return trial


def _asked(application: Application) -> dict[str, object]:
    """What was asked for, without what the county says of the item: a repeat stays a repeat."""
    asked = application._asdict()
    del asked["item"]
    proofs = [leaf.proof.id for leaf in application.leaves]
    agent = application.agent
    if agent is not None and agent.kind is AgentKind.DELEGATE:  # as before there were other kinds
        asked["agent"] = agent[:-1]
    return asked | {"item_id": application.item.id, "leaves": proofs}


def _known(application: Application, ledger: Ledger) -> tuple[tuple[str, ...], bool]:
    """Open cases of the same applicant and item, and whether the applicant's name has changed."""
    who = application.applicant
    found = ledger.subject_by_number(who.identity.type.value, who.identity.number)
    if found is None:
        return (), False
    query = Query(subjects=(found,), items=(application.item.id,))
    similar = tuple(c.case.number for c in ledger.commitments(query) if c.case.status not in ENDED)
    names = ledger.names_of(found)
    return similar, bool(names) and who.name not in names


def _refuse(application: Application, catalog: Catalog, occasion: Occasion, standing: CreditStanding) -> None:
    proofs = tuple(leaf.proof for leaf in application.leaves)
    who, agent = application.applicant, application.agent
    request = Request(application.item, catalog, who, agent, occasion.today, proofs, standing)
    problems = eligibility_problems(request)
    if problems:
        raise Refused("不能采用告知承诺方式办理", tuple(problems))


def _try_out(trial: Letter, template: bytes, folder: Path, home: Path) -> None:
    """Fill the form once and put the result where letters go: template, folder and disk are proven."""
    from gaozhi_cli.rendering.letter_docx import letter_document, open_letter_template

    document = letter_document(open_letter_template(template, CacheFiles(home / "cache")), trial.values, None)
    aside = folder / f".gaozhi-{os.urandom(6).hex()}.tmp"
    try:
        write_whole(aside, document)
    except OSError as error:
        message = f"写不进 {folder}（{os_reason(error)}），没有登记；请检查该文件夹是否存在、可写、有空间"
        raise NotReady(message) from None
    finally:
        with suppress(OSError):
            aside.unlink()
