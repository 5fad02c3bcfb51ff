"""Where the letters of a batch go, their PDFs, how many processes it is worth."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.domain.letter import Application
from gaozhi_cli.domain.problem import NotReady, os_reason

MOST_ON_SCREEN = 20
MANY = 2000  # rows from which a second process pays


def batch_folder(desk: Desk, out: str | None, firsts: dict[str, Application]) -> Path:
    """Where the letters go: the folder named, made as needed; else the office's in the home."""
    from gaozhi_cli.storage.home import private_folder

    if out is not None:
        folder = Path(out)
    else:
        offices = {application.item.office for application in firsts.values()}
        folder = desk.home.letters / (offices.pop() if len(offices) == 1 else "") / str(desk.today.year)
    if desk.settings.dry_run:
        return folder
    try:
        private_folder(folder)
    except OSError as error:
        message = f"建不了文件夹 {folder}（{os_reason(error)}），没有登记；请检查权限和磁盘空间，或改 --out"
        raise NotReady(message) from None
    return folder


def batch_pdfs(desk: Desk, ledger: Any, numbers: list[str] | None) -> int:
    """Make the PDFs of the letters; how many could not be made, each told with its reason."""
    from gaozhi_cli.cli.letter_pdf import Pdfs

    run = Pdfs(desk, ledger, numbers or [])
    told = [row for row in run.rows() if row["fault"]]
    for row in told[:MOST_ON_SCREEN]:
        desk.say(f"{row['number']} 没有出 PDF：{row['fault']}")
    done = len(numbers or []) - run.failed
    desk.say(f"PDF：{done} 份" + (f"，没有出 {run.failed} 份" if run.failed else ""))
    return run.failed


def fitting_jobs(rows: int) -> int:
    """How many processes a batch of so many rows is worth where nobody says."""
    return min(2, os.cpu_count() or 1) if rows >= MANY else 1
