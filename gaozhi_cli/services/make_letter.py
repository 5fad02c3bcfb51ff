"""生成文书: write the letter's file after its number was committed, and mark it made.

Also what makes a letter again whose file was lost: the values are kept sealed in the ledger and the
template beside it, so the same file can be made at any time. Making it twice gives the same text.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import NamedTuple

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import GaozhiError, NotFound, NotReady, Refused, os_reason
from gaozhi_cli.domain.vocabulary import LetterState
from gaozhi_cli.storage.cache_files import CacheFiles
from gaozhi_cli.storage.cases import keep_template, kept_template, mark_made, place_letter
from gaozhi_cli.storage.home import settle, sweep, write_whole
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.records import LetterRow
from gaozhi_cli.storage.transaction import Transaction

GROUP = 200


class Finished(NamedTuple):
    """Numbers whose file is there now, and those still without one, each with the reason."""

    made: tuple[str, ...]
    failed: tuple[tuple[str, str], ...]


class _Placed(NamedTuple):
    """A letter's file as it lies in its place now, the anchor it carries, the template it is made of."""

    document: bytes
    anchor: str
    template_sha256: str


class Made(NamedTuple):
    """Where the letter's files are; ``again``: the docx was lost and has been made anew."""

    docx: Path
    pdf: Path | None
    again: bool = False


def make_letter(
    number: str,
    *,
    ledger: Ledger,
    occasion: Occasion,
    template: bytes,
    home: Path,
) -> Made:
    """Make a letter's file where it is not there. Raises NotReady or DocumentFailed; run again.

    ``template``: for a letter whose own template was not kept.
    """
    row = ledger.letter(number)
    if row is None:
        raise NotFound(f"{number} 没有告知承诺书")
    path = home / row.docx
    if row.state == LetterState.PURGED:
        raise Refused(f"{number} 已过保管期限，承诺书和个人信息都已清除，不能重做")
    again = row.docx_sha256 is not None and not path.exists()
    if row.docx_sha256 is None or again:
        _make_docx(row, path, ledger, occasion, template, home)
    return Made(path, home / row.pdf if row.pdf else None, again)


def finish_letters(
    *,
    ledger: Ledger,
    occasion: Occasion,
    template: bytes,
    home: Path,
    progress: Callable[[int, int], None] = lambda done, total: None,
) -> Finished:
    """Make the files of all letters that a crash left registered without one, marked group by group."""
    numbers = ledger.pending_letters()
    made: list[str] = []
    failed: list[tuple[str, str]] = []
    for start in range(0, len(numbers), GROUP):
        ready: list[tuple[LetterRow, _Placed]] = []
        for number in numbers[start : start + GROUP]:
            try:
                row = ledger.letter(number)
                if row is not None and row.docx_sha256 is None:
                    ready.append((row, _placed(row, home / row.docx, ledger, template, home, quick=True)))
            except GaozhiError as error:
                failed.append((number, error.message))
        for folder in {(home / row.docx).parent for row, _ in ready}:
            settle(folder)
            sweep(folder, [row.number for row, _ in ready])
        with ledger.acts() as acts:
            for row, placed in ready:
                with acts.act() as act:
                    _mark(act, row, placed, ledger, occasion)
        made += [row.number for row, _ in ready]
        progress(min(start + GROUP, len(numbers)), len(numbers))
    return Finished(tuple(made), tuple(failed))


def _make_docx(
    row: LetterRow, path: Path, ledger: Ledger, occasion: Occasion, template: bytes, home: Path
) -> None:
    placed = _placed(row, path, ledger, template, home)
    with ledger.transaction() as act:
        _mark(act, row, placed, ledger, occasion)


def _placed(
    row: LetterRow, path: Path, ledger: Ledger, template: bytes, home: Path, *, quick: bool = False
) -> _Placed:
    """Write the letter's file unless it lies in its place already."""
    from gaozhi_cli.rendering.letter_docx import Proof, letter_document, open_letter_template

    text = ledger.personal(row.number, "applicant").get("text", "")
    if ledger.keyed("fields", text).hex() != row.fields:
        raise NotReady(f"{row.number} 的填写内容与登记时不符，请运行 gaozhi ledger verify")
    data = _template_of(row, template, home)
    form = open_letter_template(data, CacheFiles(home / "cache"))
    anchor = row.anchor or ledger.anchor()  # letters of the format before carry none
    document = letter_document(form, json.loads(text), Proof(row.number, row.fields, anchor))
    return _Placed(_put(path, document, row.number, quick=quick), anchor, form.sha256)


def _mark(act: Transaction, row: LetterRow, placed: _Placed, ledger: Ledger, occasion: Occasion) -> None:
    """Say in the ledger that the file is there, unless somebody else has in the meantime."""
    now = ledger.letter(row.number)
    if now is None or now.docx_sha256 != row.docx_sha256:
        act.nothing()
        return
    digest = hashlib.sha256(placed.document).hexdigest()
    if row.anchor is None:  # what its QR says from now on
        act.change_letter(row.number, anchor=placed.anchor, template_sha256=placed.template_sha256)
    if row.docx_sha256 is not None:
        act.change_letter(row.number, docx_sha256=digest)
        act.record(occasion.entry("letter.remake", row.number, sha256=digest, before=row.docx_sha256))
        return
    mark_made(act, row.number, digest, occasion)


def _template_of(row: LetterRow, template: bytes, home: Path) -> bytes:
    """The template that the letter was drawn up with, whatever the county uses now."""
    kept = kept_template(home, row.template_sha256)
    if kept is not None:
        return kept
    if row.template_sha256 in (None, hashlib.sha256(template).hexdigest()):
        with suppress(NotReady):  # it can be made now; whether it can be later is not worth a refusal
            keep_template(home, template)
        return template
    message = f"制作 {row.number} 时所用的模板不在了，现在的模板与它不同，做不出同样的一份"
    raise NotReady(f"{message}；请从备份放回 {home / 'templates' / 'used'} 里的文件")


def _put(path: Path, document: bytes, number: str, *, quick: bool) -> bytes:
    from gaozhi_cli.rendering.docx_package import same_content

    try:
        return place_letter(path, document, same_content, quick=quick)
    except FileExistsError:
        message = f"{path} 已有另一份文件，没有覆盖；请移开它，下一条写入命令会补上 {number} 的文书"
        raise NotReady(message) from None
    except OSError as error:
        raise _not_written(path, number, error) from None


def _write(path: Path, data: bytes, number: str) -> None:
    try:
        write_whole(path, data)
    except OSError as error:
        raise _not_written(path, number, error) from None


def _not_written(path: Path, number: str, error: OSError) -> NotReady:
    return NotReady(
        f"{number} 已登记，但文件没有写成（{os_reason(error)}：{path.parent}）；"
        "腾出空间或恢复该文件夹后，下一条写入命令会自动补上"
    )
