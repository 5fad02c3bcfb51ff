"""印工作单: the files of a sheet, as often as they are needed; each time stands in the journal.

Nothing of a person is in the entry or in a file's name. The files appear whole, all of them or none.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import NotReady, Refused
from gaozhi_cli.domain.visits import Dispatch, Visit
from gaozhi_cli.domain.vocabulary import CheckState
from gaozhi_cli.storage.case_papers import place_paper, write_paper
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.visits import County, checks_on, look_of, sheet

ACT = "verify.print-sheet"
Draw = Callable[[Dispatch, tuple[Visit, ...]], Mapping[str, bytes]]


class Printed(NamedTuple):
    """The sheet, its visits with what is still open, the files in the order in which they were drawn."""

    sheet: Dispatch
    visits: tuple[Visit, ...]
    files: tuple[Path, ...]


def print_sheet(
    id_: str,
    *,
    draw: Draw,
    folder: Path,
    county: County,
    ledger: Ledger,
    occasion: Occasion,
    phone: bool = False,
    overwrite: bool = False,
) -> Printed:
    """Write the files of a sheet into ``folder``; of its checks those without a finding.

    ``draw`` gives the content by file name. Raises NotFound, Refused (nothing open on it), DocumentFailed,
    UsageFault (another file there), NotReady.
    """
    made = sheet(ledger, id_)
    visits = tuple(
        tuple(look_of(ledger, county, check, occasion.today, phone=phone) for check in still)
        for visit in checks_on(ledger, made)
        if (still := [c for c in visit if c.state == CheckState.PLANNED.value and c.sheet == made.id])
    )
    if not visits:
        raise Refused(f"{made.id} 上的核查都已有结论或另行派出，不用再印")
    files = {folder / name: data for name, data in draw(made, visits).items()}
    digests = {path.suffix[1:]: hashlib.sha256(data).hexdigest() for path, data in files.items()}
    with ledger.transaction(dry_run=occasion.dry_run) as act:
        if sheet(ledger, id_) != made:
            raise NotReady(f"{made.id} 刚刚变动，没有印；请再运行一次")
        new = [path for path, data in files.items() if place_paper(path, data, overwrite)]
        if not new:
            act.nothing()
            return Printed(made, visits, tuple(files))
        act.record(occasion._replace(request_id=None).entry(ACT, made.id, phone=phone, sha256=digests))
        if not occasion.dry_run:
            _write({path: files[path] for path in new})
    return Printed(made, visits, tuple(files))


def _write(files: Mapping[Path, bytes]) -> None:
    """All of the files, or none that was not there before. Raises NotReady."""
    fresh = [path for path in files if not path.exists()]
    try:
        for path, data in files.items():
            write_paper(path, data)
    except BaseException:
        for path in fresh:
            with suppress(OSError):
                path.unlink(missing_ok=True)
        raise
