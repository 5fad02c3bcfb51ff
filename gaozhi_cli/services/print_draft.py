"""草稿: an incomplete letter with a watermark across each page; no number, no record, no QR.

Blanks that the applicant has left open stay the form's underlines.
"""

from __future__ import annotations

import itertools
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.catalog import Catalog
from gaozhi_cli.domain.form import BLANK, NOBODY, Values
from gaozhi_cli.domain.letter import Application, compose
from gaozhi_cli.domain.problem import NotReady, Problem, os_reason
from gaozhi_cli.storage.cache_files import CacheFiles
from gaozhi_cli.storage.home import private_folder, write_whole

NO_NUMBER = "草稿，不编号"


class Draft(NamedTuple):
    """Where the draft lies; nothing on trial. ``warnings``: gaps of the office."""

    docx: Path | None
    pdf: Path | None
    warnings: tuple[Problem, ...]


def print_draft(
    application: Application,
    *,
    catalog: Catalog,
    template: bytes,
    folder: Path,
    name: str,
    home: Path,
    pdf: bool = False,
    fonts: Path | None = None,
    dry_run: bool = False,
) -> Draft:
    """Write a draft into ``folder``, made as needed. Raises DocumentFailed, NotReady."""
    from gaozhi_cli.rendering.letter_docx import letter_document, open_letter_template
    from gaozhi_cli.rendering.watermark import watermarked

    letter = compose(application, catalog, NO_NUMBER)
    form = open_letter_template(template, CacheFiles(home / "cache"))
    document = watermarked(letter_document(form, _open_blanks(letter.values, application), None), "草稿")
    result = None
    if pdf:
        from gaozhi_cli.rendering.fonts import refuse_unprintable
        from gaozhi_cli.rendering.pdf import to_pdf

        refuse_unprintable(document, home / "cache")
        result = to_pdf(document, fonts)
    if dry_run:
        return Draft(None, None, letter.warnings)
    try:
        private_folder(folder)
        path = _free(folder, name)
        write_whole(path, document)
        if result is not None:
            write_whole(path.with_suffix(".pdf"), result)
    except OSError as error:
        raise NotReady(f"草稿没有写成（{os_reason(error)}：{folder}），请检查文件夹和磁盘空间") from None
    return Draft(path, path.with_suffix(".pdf") if result is not None else None, letter.warnings)


def _free(folder: Path, name: str) -> Path:
    """A name that no file has yet: two drafts of one second are two files."""
    names = itertools.chain([name], (f"{name}-{n}" for n in itertools.count(2)))
    return next(p for n in names if not (p := folder / f"{n}.docx").exists())


def _open_blanks(values: Values, application: Application) -> Values:
    """The form's underline wherever nothing was said; of somebody not named at all, no box is ticked."""
    who = application.applicant
    if not any((who.name, who.identity.number, who.phone)):
        values = {**values, **{name: NOBODY[name] for name in ("公民勾选", "公民证件类型", "单位勾选")}}
    return {name: value or NOBODY.get(name, BLANK) for name, value in values.items()}
