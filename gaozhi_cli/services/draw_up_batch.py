"""批量制作告知承诺书: many applications, each numbered, recorded and journalled, done once and only once.

A group of letters shares one durable commit (each with its own entry); its files are made while the next
group is recorded, and marked in the next commit. A row is known again by the keyed digest of what it
asks for, so a batch that was killed goes on where it stopped, and a letter without its file is finished
by whatever command opens the ledger next.
"""

from __future__ import annotations

import hashlib
import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from contextlib import contextmanager
from functools import lru_cache
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple

from gaozhi_cli.domain.catalog import Catalog
from gaozhi_cli.domain.eligibility import number_field
from gaozhi_cli.domain.form import Values
from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.letter import Application
from gaozhi_cli.domain.problem import NotReady, Problem, os_reason
from gaozhi_cli.domain.standing import credit_problem
from gaozhi_cli.domain.vocabulary import ToldWay
from gaozhi_cli.storage.cache_files import CacheFiles
from gaozhi_cli.storage.cases import keep_template, mark_made, place_letter, record_case
from gaozhi_cli.storage.home import settle
from gaozhi_cli.storage.ledger import Ledger
from gaozhi_cli.storage.subjects import standings
from gaozhi_cli.storage.transaction import Acts

if TYPE_CHECKING:
    from gaozhi_cli.rendering.compiled import Codec
    from gaozhi_cli.rendering.docx_template import Template
    from gaozhi_cli.rendering.qr import Pictures

GROUP = 250
SAMPLE = 100  # one letter of so many is read back, and the first of each group


class BatchRow(NamedTuple):
    """A row that has been proven: its place in the table, its application, what it is known again by."""

    row: int
    application: Application
    key: bytes


class Drawn(NamedTuple):
    """What became of a row: its number and file; ``before``: the day it was drawn up by an earlier run.

    ``met``: whether the applicant is new, known, or known under another name; ``refused``: why there is no
    number, where a credit record came in since the row was proven.
    """

    row: int
    number: str
    docx: Path
    before: str | None = None
    met: str = "new"
    refused: Problem | None = None


class _Task(NamedTuple):
    """A letter to be made."""

    number: str
    path: Path
    values: Values
    fields: str
    anchor: str


class _Group(NamedTuple):
    """A recorded group whose files are being made."""

    drawn: list[Drawn]
    digests: Callable[[], list[str]]


class _Made(NamedTuple):
    """A group whose files lie in their places, with their sha256."""

    drawn: list[Drawn]
    digests: list[str]


def draw_up_batch(
    rows: Iterable[BatchRow],
    *,
    catalog: Catalog,
    ledger: Ledger,
    occasion: Occasion,
    template: bytes,
    folder: Path,
    home: Path,
    told: ToldWay | None = None,
    jobs: int = 1,
    expected: int = 0,
) -> Iterator[Drawn]:
    """Draw up a letter for each row, in order; yields when a row's file lies in its place.

    ``occasion.request_id`` sets this batch apart from an earlier one of the same rows; ``expected``: about
    how many rows there are; ``jobs``: processes that make files. Raises NotReady, DocumentFailed; what was
    yielded stands, and the same call goes on with the rest.
    """
    sha256 = keep_template(home, template)
    with _Maker(template, home, jobs, expected) as maker:
        making: deque[_Group] = deque()
        made: _Made | None = None
        for group in _groups(rows):
            with ledger.acts(many=True) as acts:
                if made is not None:
                    _mark(acts, made, ledger, occasion)
                drawn, tasks = _record(
                    acts, group, catalog=catalog, ledger=ledger, occasion=occasion, folder=folder,
                    home=home, sha256=sha256, told=told,
                )  # fmt: skip
            if made is not None:
                yield from made.drawn
                made = None
            making.append(_Group(drawn, maker.make(tasks)))
            if len(making) > maker.ahead:
                made = _waited(making.popleft())  # before the lock is taken, never within it
        while made is not None or making:
            made = made or _waited(making.popleft())
            with ledger.acts(many=True) as acts:
                _mark(acts, made, ledger, occasion)
            yield from made.drawn
            made = None


def _waited(group: _Group) -> _Made:
    """A group whose files are there and durable."""
    return _Made(group.drawn, group.digests())


def _groups(rows: Iterable[BatchRow]) -> Iterator[list[BatchRow]]:
    left = iter(rows)
    while group := list(islice(left, GROUP)):
        yield group


def row_request(ledger: Ledger, request_id: str | None, key: bytes) -> tuple[str, bytes]:
    """The request id under which a row is known again, and the keyed digest it is made of."""
    digest = ledger.keyed("batch-row", f"{request_id or ''}\x1f{key.decode()}")
    return f"row:{digest.hex()}", digest


def _record(
    acts: Acts,
    group: list[BatchRow],
    *,
    catalog: Catalog,
    ledger: Ledger,
    occasion: Occasion,
    folder: Path,
    home: Path,
    sha256: str,
    told: ToldWay | None,
) -> tuple[list[Drawn], list[_Task]]:
    """Number and record the rows of a group that are not known yet."""
    asked = [row_request(ledger, occasion.request_id, row.key) for row in group]
    known = ledger.requests([id_ for id_, _ in asked])
    barred = standings(ledger, {row.application.applicant.identity for row in group}, occasion.today)
    drawn, tasks = [], []
    for row, (id_, digest) in zip(group, asked, strict=True):
        before = known.get(id_)
        if before is not None:
            number, day = before
            letter = ledger.letter(number)
            path = home / letter.docx if letter else folder / f"{number}.docx"
            drawn.append(Drawn(row.row, number, path, day))
            continue
        who = row.application.applicant
        if who.identity in barred:
            problem = credit_problem(barred[who.identity], number_field(who))
            drawn.append(Drawn(row.row, "", folder, refused=problem))
            continue
        with acts.act() as act:
            case = record_case(
                act, row.application, catalog=catalog, ledger=ledger,
                occasion=occasion._replace(request_id=id_), folder=folder, home=home,
                template_sha256=sha256, told=told, request_digest=digest,
            )  # fmt: skip
        letter = case.letter
        path = home / letter.docx
        drawn.append(Drawn(row.row, case.number, path, met=case.met))
        tasks.append(_Task(case.number, path, case.values, letter.fields, letter.anchor or ""))
        known[id_] = (case.number, occasion.today.isoformat())
    return drawn, tasks


def _mark(acts: Acts, group: _Made, ledger: Ledger, occasion: Occasion) -> None:
    """The files of a group are there and durable: say so in the ledger, unless another command has."""
    made = [drawn for drawn in group.drawn if drawn.before is None and drawn.refused is None]
    pending = set(ledger.pending_letters())
    for drawn, digest in zip(made, group.digests, strict=True):
        if drawn.number not in pending:
            continue
        with acts.act() as act:
            mark_made(act, drawn.number, digest, occasion._replace(request_id=None))


class _Maker:
    """Makes the files of a group: here, or in processes of their own while the next group is recorded."""

    def __init__(self, template: bytes, home: Path, jobs: int, expected: int) -> None:
        self._common = (template, home, expected)
        self._jobs = jobs
        self.ahead = 1 if jobs > 1 else 0  # groups that are being made while the next is recorded
        self._pool: ProcessPoolExecutor | None = None

    def __enter__(self) -> _Maker:
        if self._jobs > 1:
            from multiprocessing import get_context

            self._pool = ProcessPoolExecutor(
                self._jobs - 1, mp_context=get_context("spawn"), initializer=_as_worker
            )
        return self

    def __exit__(self, *_: object) -> None:
        if self._pool is not None:
            self._pool.shutdown(cancel_futures=True)

    def make(self, tasks: list[_Task]) -> Callable[[], list[str]]:
        """Begin to make the files; what is returned waits for their digests, durable by then."""
        if self._pool is None:
            digests = _make(*self._common, tasks)
            return lambda: digests
        share = -(-len(tasks) // (self._jobs - 1)) or 1
        parts = [tasks[start : start + share] for start in range(0, len(tasks), share)]
        pool = self._pool
        with _undisturbed(), _broken_told():  # a submit may start a process
            futures: list[Future[list[str]]] = [pool.submit(_make, *self._common, part) for part in parts]
        return lambda: _results(futures)


@contextmanager
def _undisturbed() -> Iterator[None]:
    """Ctrl-C waits till the end of the block; a process started within never gets it."""
    import signal

    if not hasattr(signal, "pthread_sigmask"):
        yield
        return
    before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)


def _as_worker() -> None:
    """A worker leaves Ctrl-C to the batch, and does not outlive it."""
    import signal
    from multiprocessing import parent_process
    from threading import Thread

    signal.signal(signal.SIGINT, signal.SIG_IGN)
    parent = parent_process()

    def follow() -> None:
        if parent is not None:
            parent.join()
            os._exit(1)

    Thread(target=follow, daemon=True).start()


def _results(futures: list[Future[list[str]]]) -> list[str]:
    with _broken_told():
        return [digest for future in futures for digest in future.result()]


@contextmanager
def _broken_told() -> Iterator[None]:
    """A worker that died is said in one sentence."""
    from concurrent.futures.process import BrokenProcessPool

    try:
        yield
    except BrokenProcessPool:
        message = "制作文书的进程中途退出（内存不足或被终止）；已登记的会由下一条写入命令补上"
        raise NotReady(f"{message}，请重新运行，会接着做") from None


@lru_cache(maxsize=2)
def _tools(template: bytes, home: Path, expected: int) -> tuple[Template, Pictures, Codec]:
    """What a process makes letters with: the compiled template, the pictures, the codec."""
    from gaozhi_cli.rendering.compiled import batch_codec
    from gaozhi_cli.rendering.letter_docx import open_letter_template
    from gaozhi_cli.rendering.qr import Pictures

    store = CacheFiles(home / "cache")
    return open_letter_template(template, store), Pictures(expected, store), batch_codec()


def _make(template: bytes, home: Path, expected: int, tasks: list[_Task]) -> list[str]:
    """Make the files of some letters; their sha256, once the files are durable."""
    from gaozhi_cli.rendering.letter_docx import Proof, letter_document

    form, pictures, codec = _tools(template, home, expected)
    digests = []
    for place, task in enumerate(tasks):
        proof = Proof(task.number, task.fields, task.anchor)
        document = letter_document(
            form, task.values, proof, codec=codec, drawn=pictures(proof.payload),
            checked=place % SAMPLE == 0,
        )  # fmt: skip
        digests.append(hashlib.sha256(_place(task.path, document)).hexdigest())
    if tasks:
        try:
            settle(tasks[-1].path.parent)
        except OSError as error:
            raise _not_written(tasks[-1].path, error) from None
    return digests


def _place(path: Path, document: bytes) -> bytes:
    """The file under its name, perhaps made in the meantime by who opened the ledger; never over another."""
    from gaozhi_cli.rendering.docx_package import same_content

    try:
        return place_letter(path, document, same_content, quick=True)
    except FileExistsError:
        raise NotReady(f"{path} 已有另一份文件，没有覆盖；请移开它再运行一次，会接着做") from None
    except OSError as error:
        raise _not_written(path, error) from None


def _not_written(path: Path, error: OSError) -> NotReady:
    message = f"文件没有写成（{os_reason(error)}：{path.parent}），已登记的不会丢"
    return NotReady(f"{message}；腾出空间或恢复该文件夹后再运行一次，会接着做")
