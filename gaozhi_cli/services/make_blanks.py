"""制作格式文本: an item's letter with the applicant's blanks open, for hall and web site (通知五（一）).

The folder gets one file an item and, written last, ``manifest.json`` saying what each is and its sha256.
Only what changed is written; nothing is removed; a file that this program did not write, or that was
edited since, is left alone unless told otherwise. Nothing is recorded in the ledger.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from gaozhi_cli import __version__
from gaozhi_cli.domain.blank import blank_values, file_names, gaps_by_kind
from gaozhi_cli.domain.catalog import Catalog, Item, in_force
from gaozhi_cli.domain.form import canonical_values
from gaozhi_cli.domain.letter import Letter
from gaozhi_cli.domain.problem import NotReady, Problem, Refused, UsageFault, os_reason
from gaozhi_cli.storage.home import write_whole

if TYPE_CHECKING:
    from gaozhi_cli.rendering.docx_template import Template

MANIFEST = "manifest.json"
FORMAT = 1
FOR_ALL = 0o644  # a web server reads them; what else this program writes is its owner's


class Entry(NamedTuple):
    """A 格式文本 as the manifest has it. ``fields`` is the digest of what was filled in, and by what.

    ``made_on``: the day its bytes came to be; ``in_force``: whether letters may start for it.
    """

    item: str
    no: str
    office: str
    office_name: str
    matter: str
    file: str
    sha256: str
    version: str
    catalog_digest: str
    template_sha256: str
    made_on: str
    in_force: bool
    warnings: list[str]
    fields: str


class Blank(NamedTuple):
    """A 格式文本 of this run: its entry, whether its bytes are new, what the office has to fill in."""

    entry: Entry
    changed: bool
    warnings: tuple[Problem, ...]


class Blanks(NamedTuple):
    """All of this run, and what else lies in the folder of items no longer in force."""

    made: tuple[Blank, ...]
    ended: tuple[Entry, ...]


class _Work(NamedTuple):
    """One item to do: its letter, its file, what the manifest says of it, the digest of what lies there."""

    item: Item
    letter: Letter
    path: Path
    known: Entry | None
    there: str | None
    fields: str


def make_blanks(
    items: Sequence[Item],
    *,
    catalog: Catalog,
    template: bytes,
    folder: Path,
    today: date,
    overwrite: bool = False,
    dry_run: bool = False,
    progress: Callable[[int], None] = lambda done: None,
) -> Blanks:
    """Write the 格式文本 of ``items`` into ``folder``, which is made as needed.

    Raises Refused (gaps of the office where the county is formal), UsageFault (a file that is not ours),
    DocumentFailed (template), BadInput (an id that is no file name), NotReady (folder, disk).
    """
    from gaozhi_cli.rendering.letter_docx import letter_document, open_letter_template

    letters = [blank_values(item, catalog) for item in items]
    _complete(items, letters, catalog)
    form = open_letter_template(template)
    if folder.exists() and not folder.is_dir():
        raise NotReady(f"{folder} 不是文件夹，没有制作；请改 --out")
    known = _manifest(folder, overwrite)
    tasks = _tasks(items, letters, folder, known, form)
    if not overwrite:
        _nothing_strange(tasks, form)
    if not dry_run:
        _make(folder)
    made = []
    for done, task in enumerate(tasks, start=1):
        sha256, document = task.there or "", b""
        if not _ours(task) or task.known is None or task.known.fields != task.fields:
            document = letter_document(form, task.letter.values, None)
            sha256 = hashlib.sha256(document).hexdigest()
        changed = sha256 != task.there
        if changed and not dry_run:
            _write(task.path, document)
        made.append(_blank(task, catalog, form, sha256, changed, today))
        progress(done)
    entries = known | {blank.entry.item: blank.entry for blank in made}
    entries = {name: e._replace(in_force=_current(name, catalog, today)) for name, e in entries.items()}
    if not dry_run:
        _keep(folder / MANIFEST, entries)
    return Blanks(tuple(made), tuple(e for e in entries.values() if not e.in_force))


def _complete(items: Sequence[Item], letters: Sequence[Letter], catalog: Catalog) -> None:
    """A formal county hands out nothing with gaps (DESIGN: gaps of the office)."""
    if not catalog.county.formal:
        return
    told = zip(items, letters, strict=True)
    gaps = gaps_by_kind((item, letter.office_gaps(item)) for item, letter in told)
    if gaps:
        message = "本县要求承诺书各栏齐全（formal: 是），没有制作格式文本；请管理员先补齐清单"
        raise Refused(message, tuple(gaps))


def _tasks(
    items: Sequence[Item], letters: Sequence[Letter], folder: Path, known: dict[str, Entry], form: Template
) -> list[_Work]:
    tasks, names = [], file_names(items)
    for item, letter in zip(items, letters, strict=True):
        path, values = folder / names[item.id], canonical_values(letter.values)
        fields = hashlib.sha256(f"{__version__} {form.sha256} {values}".encode()).hexdigest()
        tasks.append(_Work(item, letter, path, known.get(item.id), _digest(path), fields))
    return tasks


def _ours(task: _Work) -> bool:
    """Whether what lies there is what the manifest says this program wrote."""
    return task.known is not None and task.known.file == task.path.name and task.known.sha256 == task.there


def _nothing_strange(tasks: Sequence[_Work], form: Template) -> None:
    """Refuse to touch files that are not ours; what a half-made run wrote is known by its very bytes."""
    from gaozhi_cli.rendering.letter_docx import letter_document

    strange = [
        task.path
        for task in tasks
        if task.there is not None
        and not _ours(task)
        and hashlib.sha256(letter_document(form, task.letter.values, None)).hexdigest() != task.there
    ]
    if strange:
        message = f"{strange[0].parent} 里有 {len(strange)} 个同名文件不是本程序写的，或写后被改过，没有覆盖"
        problems = tuple(Problem("exists", f"{path} 已存在", field="out") for path in strange[:20])
        raise UsageFault(f"{message}；请移开，或加 --yes 覆盖", problems)


def _digest(path: Path) -> str | None:
    """The sha256 of a file; None where there is none. Raises NotReady for what is no plain file."""
    try:
        if not path.exists():
            return None
        if not path.is_file():
            raise NotReady(f"{path} 不是普通文件，写不了格式文本；请移开它，或改 --out")
        return hashlib.sha256(path.read_bytes()).hexdigest()
    except OSError as error:
        raise NotReady(f"读不了 {path}（{os_reason(error)}），请检查权限") from None


def _blank(task: _Work, catalog: Catalog, form: Template, sha256: str, changed: bool, today: date) -> Blank:
    item, known = task.item, task.known
    entry = Entry(
        item=item.id,
        no=item.no,
        office=item.office,
        office_name=catalog.office(item.office).name,
        matter=item.matter,
        file=task.path.name,
        sha256=sha256,
        version=catalog.version,
        catalog_digest=catalog.digest,
        template_sha256=form.sha256,
        made_on=known.made_on if known is not None and known.sha256 == sha256 else today.isoformat(),
        in_force=True,
        warnings=[warning.code for warning in task.letter.warnings],
        fields=task.fields,
    )
    return Blank(entry, changed, task.letter.warnings)


def _current(name: str, catalog: Catalog, today: date) -> bool:
    item = catalog.item(name)
    return item is not None and in_force(item, catalog, today)


def _make(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise NotReady(f"建不了文件夹 {folder}（{os_reason(error)}），没有制作；请改 --out") from None


def _write(path: Path, data: bytes) -> None:
    try:
        write_whole(path, data)
        with suppress(OSError):  # a disk without such rights
            path.chmod(FOR_ALL)
    except OSError as error:
        message = f"写不了 {path}（{os_reason(error)}），已写成的都完好"
        raise NotReady(f"{message}；腾出空间或恢复该文件夹后再运行一次，会接着做") from None


def _keep(path: Path, entries: dict[str, Entry]) -> None:
    """The manifest, in the order of the 清单, written only where it says something new."""

    def place(entry: Entry) -> tuple[int, str, str]:
        return (int(entry.no) if entry.no.isdecimal() else 10**9, entry.no, entry.item)

    rows = [entry._asdict() for entry in sorted(entries.values(), key=place)]
    body = {"kind": "gaozhi-blanks", "format": FORMAT, "blanks": rows}
    data = (json.dumps(body, ensure_ascii=False, indent=1) + "\n").encode()
    try:
        same = path.is_file() and path.read_bytes() == data
    except OSError:
        same = False
    if not same:
        _write(path, data)


def _manifest(folder: Path, overwrite: bool) -> dict[str, Entry]:
    """What the folder's manifest says was written; nothing where there is none.

    Raises UsageFault for one that is not ours or damaged, unless it is to be overwritten.
    """
    path = folder / MANIFEST
    if not path.exists():
        return {}
    try:
        body = json.loads(path.read_bytes())
        if body["kind"] != "gaozhi-blanks" or body["format"] != FORMAT:
            raise ValueError
        entries = [_entry(row) for row in body["blanks"]]
        return {entry.item: entry for entry in entries}
    except OSError as error:
        raise NotReady(f"读不了 {path}（{os_reason(error)}），请检查权限") from None
    except (ValueError, TypeError, KeyError, RecursionError):
        if overwrite:
            return {}
        message = f"{path} 不是本程序写的清单，或已损坏，没有制作；请移开它，或加 --yes 重新写"
        raise UsageFault(message) from None


def _entry(row: Any) -> Entry:
    """A row of the manifest. Raises ValueError, TypeError, KeyError for anything else."""
    if set(row) != set(Entry._fields):
        raise ValueError
    texts = [row[name] for name in Entry._fields if name not in ("in_force", "warnings")]
    if not all(isinstance(text, str) for text in texts) or not isinstance(row["warnings"], list):
        raise ValueError
    return Entry(**row)
