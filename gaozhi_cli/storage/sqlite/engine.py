"""The SQLite engine: opens a ledger file safely, begins and ends transactions, names every fault.

synchronous=EXTRA, foreign keys on, ``BEGIN IMMEDIATE``; a locked ledger is polled every millisecond
(SQLite's own stepped waiting starves writers). The journal mode is the file's own: opening never
changes it. A file that is not ours, of a newer version, or empty is refused: an empty file must never
pass for an empty ledger. On a network share a ledger is only read.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Any, TypeVar

from gaozhi_cli.domain.problem import NotReady, os_reason
from gaozhi_cli.storage.home import flush_folder, sqlite_uri
from gaozhi_cli.storage.schema import APPLICATION_ID, VERSION, Table
from gaozhi_cli.storage.share import refuse_share
from gaozhi_cli.storage.sqlite.shape import oddities, plainly_odd

BUSY_SECONDS = 10.0
POLL = 0.001
SMALLEST = 512  # bytes of an SQLite file
Answer = TypeVar("Answer")


class Damaged(NotReady):
    """The file is a ledger no more: only a backup helps."""


class SqliteEngine:
    """A connection to one ledger file; every fault is raised as NotReady in one sentence."""

    def __init__(
        self,
        path: Path,
        *,
        busy: float = BUSY_SECONDS,
        older: bool = False,
        alone: bool = False,
        as_it_is: bool = False,
    ) -> None:
        """``older``: take a ledger of an earlier version, to migrate it, or however it is, to replace it.

        ``alone``: wait until nobody else is at work in it, then keep it for this connection.
        ``as_it_is``: take one whose tables are not as this program makes them, to look at it.
        """
        self.path = path
        self._busy = busy
        self._older = older
        self._alone = alone
        self._as_it_is = as_it_is or older
        self._local = False
        self.version = 0
        self._connection = self._open()

    def _open(self) -> sqlite3.Connection:
        try:
            size = self.path.stat().st_size
            if size < SMALLEST:  # SQLite would take it for an empty database
                what = "只剩开头，不是完整的" if size else "是空文件，不是"
                raise Damaged(f"{self.path} {what} gaozhi 台账；请{RESTORE}，或换一个路径")
            uri = f"{sqlite_uri(self.path)}?mode=rw"
            connection = sqlite3.connect(uri, uri=True, timeout=0, isolation_level=None)
        except OSError as error:
            raise NotReady(f"打不开台账 {self.path}（{os_reason(error)}），请检查路径和权限") from None
        except sqlite3.Error as error:
            raise self.fault(error) from None
        self._connection = connection
        try:
            self._recognize()
        except BaseException:
            connection.close()
            raise
        return connection

    def _recognize(self) -> None:
        """Refuse what is no ledger of this version; take it alone if that is asked."""
        if self._alone:  # before the first read: in WAL mode only then are other connections shut out
            self.execute("PRAGMA locking_mode = EXCLUSIVE")
        # mode=rw silently opens a file without write permission read-only; reads then still work.
        application = self.execute("PRAGMA application_id")[0][0]
        version = self.execute("PRAGMA user_version")[0][0]
        if application != APPLICATION_ID:
            raise NotReady(f"{self.path} 不是 gaozhi 台账，请检查 --ledger")
        if not version >= 1:
            raise Damaged(f"{self.path} 的格式版本不对（{version}），已损坏或没有建完；请{RESTORE}")
        if version > VERSION:
            message = f"台账 {self.path} 是较新版本的 gaozhi 建立的（格式 {version}，本程序认识 {VERSION}）"
            raise NotReady(f"{message}，没有读写；请升级本程序（pip install -U gaozhi）")
        if version < VERSION and not self._older:
            message = f"台账 {self.path} 是旧格式（{version}，本程序用 {VERSION}），没有读写"
            raise NotReady(f"{message}；请运行 gaozhi ledger migrate，会先备份再升级")
        self.version = int(version)
        if not self._as_it_is:
            self._refuse_odd()
        self.execute("PRAGMA synchronous = EXTRA")  # the folder too, when the journal file goes
        self.execute("PRAGMA foreign_keys = ON")
        self.execute("PRAGMA secure_delete = ON")  # a purged key leaves no trace for a backup to copy
        if self._alone:
            self.execute("BEGIN EXCLUSIVE")
            self.execute("COMMIT")  # the lock stays
            self.execute("PRAGMA wal_checkpoint(TRUNCATE)")

    def _refuse_odd(self) -> None:
        odd = plainly_odd(self.execute)
        if odd:
            message = f"{odd}；没有读写台账 {self.path}，请保留原件，运行 gaozhi ledger verify，再{RESTORE}"
            raise Damaged(message)

    def execute(self, sql: str, values: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
        """Run one statement and return all its rows."""
        return self._patiently(lambda: self._connection.execute(sql, values).fetchall())

    def execute_many(self, sql: str, rows: list[list[Any]]) -> None:
        """Run one statement for many rows."""
        self._patiently(lambda: self._connection.executemany(sql, rows))

    def stream(self, sql: str, values: Sequence[Any] = ()) -> Iterator[tuple[Any, ...]]:
        """Run a query and hand its rows over one by one, in constant memory."""
        cursor = self._patiently(lambda: self._connection.execute(sql, values))
        try:
            yield from cursor
        except sqlite3.Error as error:
            raise self.fault(error) from None

    def pages(self, table: Table, size: int) -> Iterator[list[tuple[Any, ...]]]:
        """All rows of a table in the order in which they lie; those of a page may be changed meanwhile."""
        columns, last = ", ".join(table.names), -1
        while rows := self.execute(
            f"SELECT rowid, {columns} FROM {table.name} WHERE rowid > ? ORDER BY rowid LIMIT ?", (last, size)
        ):
            last = rows[-1][0]
            yield [row[1:] for row in rows]

    def back_up(self, target: Path) -> None:
        """Copy the ledger as it stands into an empty file, which then needs no other beside it.

        Page by page rather than VACUUM INTO: writers wait less than half as long. Raises NotReady.
        """
        try:
            with closing(sqlite3.connect(target, isolation_level=None)) as copy:
                copy.execute("PRAGMA journal_mode = OFF")
                copy.execute(
                    "PRAGMA synchronous = OFF"
                )  # flushed once by the caller, the lock is free by then
                self._connection.backup(copy)
                copy.execute("PRAGMA journal_mode = DELETE")  # the source may be in WAL mode
        except sqlite3.Error as error:
            raise self.fault(error) from None

    def migrate(self) -> None:
        """Bring the tables to the newest version, inside the transaction that is open."""
        from gaozhi_cli.storage.sqlite.migrations import migrate

        self._refuse_odd()
        try:
            migrate(self._connection)
        except sqlite3.Error as error:
            raise self.fault(error) from None

    def begin(self) -> None:
        """Take the write lock, waiting for other writers. Refused on a network share."""
        if not self._local:
            refuse_share(self.path)
            self._local = True
        self._patiently(lambda: self._connection.execute("BEGIN IMMEDIATE"))

    def commit(self) -> None:
        """Make the transaction durable; on a fault nothing of it remains, or the sentence says it may."""
        try:
            self._patiently(lambda: self._connection.execute("COMMIT"), self._commit_fault)
        except BaseException:
            self.rollback()
            raise

    def rollback(self) -> None:
        """Undo the transaction if one is still open (a full disk has already undone it)."""
        if self._connection.in_transaction:
            with suppress(sqlite3.Error):
                self._connection.execute("ROLLBACK")

    @contextmanager
    def snapshot(self) -> Iterator[None]:
        """Read everything as it stands at one moment; writers wait until it ends."""
        self._patiently(lambda: self._connection.execute("BEGIN"))
        try:
            yield
        finally:
            self.rollback()

    def damage(self) -> str:
        """What SQLite itself finds wrong with the file, indexes included; empty when nothing."""
        found = str(self.execute("PRAGMA integrity_check(1)")[0][0])
        return "" if found == "ok" else found

    def oddities(self) -> list[str]:
        """What is not as this program makes it: tables, views, triggers, unique indexes; a sentence each."""
        return list(oddities(self.execute))

    def close(self) -> None:
        """Close the file."""
        self._connection.close()

    def _patiently(
        self, call: Callable[[], Answer], told: Callable[[sqlite3.Error], Exception] | None = None
    ) -> Answer:
        until = time.monotonic() + self._busy
        while True:
            try:
                return call()
            except sqlite3.OperationalError as error:
                if getattr(error, "sqlite_errorname", "") not in LOCKED or time.monotonic() > until:
                    raise (told or self.fault)(error) from None
                time.sleep(POLL)
            except sqlite3.Error as error:
                raise (told or self.fault)(error) from None

    def _commit_fault(self, error: sqlite3.Error) -> Exception:
        """A flush that failed once all was written leaves it open whether the act will be found."""
        name = getattr(error, "sqlite_errorname", "") or ""
        unsure = name == "SQLITE_IOERR_DIR_FSYNC"
        if name == "SQLITE_IOERR_FSYNC":  # a write-ahead log may still be read to its end
            with suppress(sqlite3.Error):
                unsure = self._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
        return NotReady(UNSURE.format(path=self.path)) if unsure else self.fault(error)

    def fault(self, error: sqlite3.Error) -> Exception:
        """The one sentence for a fault of SQLite; faults of our own SQL stay what they are."""
        name = getattr(error, "sqlite_errorname", "") or ""
        for prefix, message in FAULTS.items():
            if name.startswith(prefix):
                kind = Damaged if name.startswith(BEYOND_USE) else NotReady
                return kind(message.format(path=self.path))
        if str(error).startswith(DAMAGED):
            return Damaged(
                f"台账 {self.path} 的结构或内容已损坏；请勿再写入，运行 gaozhi ledger verify 并从备份核对"
            )
        return self._odd_fault() or error

    def _odd_fault(self) -> Damaged | None:
        """Our own SQL does not fail on tables as we made them: say what is not as it was made."""
        if self.version != VERSION:
            return None
        with suppress(sqlite3.Error):
            found = next(oddities(lambda sql: self._connection.execute(sql).fetchall()), "")
            if found:
                message = f"{found}；本次没有写入台账 {self.path}"
                return Damaged(f"{message}，请运行 gaozhi ledger verify，再{RESTORE}")
        return None


LOCKED = ("SQLITE_BUSY", "SQLITE_LOCKED", "SQLITE_BUSY_RECOVERY", "SQLITE_BUSY_SNAPSHOT")
UNSURE = (
    "写台账 {path} 的最后一步磁盘出错，不能确定本次写入了没有；"
    "请检查磁盘，再用 gaozhi ledger info 和 commitment show 核对"
)
DAMAGED = ("no such table", "no such column", "Could not decode", "table ")
BEYOND_USE = ("SQLITE_NOTADB", "SQLITE_CORRUPT")
RESTORE = "从备份恢复（gaozhi ledger restore 备份文件）"
FAULTS = {
    "SQLITE_BUSY": "台账 {path} 正被另一个程序占用，本次没有写入；请稍候再试",
    "SQLITE_LOCKED": "台账 {path} 正被另一个程序占用，本次没有写入；请稍候再试",
    "SQLITE_FULL": "磁盘已满，本次没有写入，台账 {path} 完好；请腾出空间后再试",
    "SQLITE_IOERR": "读写台账 {path} 时磁盘出错，本次没有写入；请检查磁盘",
    "SQLITE_READONLY_DBMOVED": "台账 {path} 刚被移走或换成了备份，本次没有写入；请再运行一次",
    "SQLITE_READONLY": "台账 {path} 只能读不能写，本次没有写入；请检查权限",
    "SQLITE_CANTOPEN": "打不开台账 {path}，请检查路径和权限",
    "SQLITE_PERM": "打不开台账 {path}，请检查权限",
    "SQLITE_AUTH": "打不开台账 {path}，请检查权限",
    "SQLITE_NOTADB": f"{{path}} 不是台账文件或已损坏；请{RESTORE}",
    "SQLITE_CORRUPT": f"台账 {{path}} 已损坏；请勿再写入，{RESTORE}",
}


def create(path: Path, fill: Callable[[sqlite3.Connection], None], *, wal: bool = False) -> bool:
    """Make a ledger aside, let ``fill`` write its first rows, then put it in place if none is there.

    False when another process was first. Raises NotReady; nothing is left behind then.
    """
    from gaozhi_cli.storage.sqlite.migrations import migrate

    aside = path.with_name(f".{path.name}.{os.urandom(6).hex()}.new")
    try:
        os.close(os.open(aside, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
        connection = sqlite3.connect(aside, isolation_level=None)
        try:
            connection.execute("PRAGMA synchronous = EXTRA")
            connection.execute("BEGIN IMMEDIATE")
            migrate(connection)
            fill(connection)
            connection.execute("COMMIT")
            if wal:
                connection.execute("PRAGMA journal_mode = WAL")
        finally:
            connection.close()
        return _place(aside, path)
    except OSError as error:
        message = f"建不了台账 {path}（{os_reason(error)}），请检查文件夹、权限和磁盘空间"
        raise NotReady(message) from None
    except sqlite3.OperationalError:
        raise NotReady(f"建不了台账 {path}，请检查权限和磁盘空间") from None
    finally:
        with suppress(OSError):
            aside.unlink()


def _place(aside: Path, path: Path) -> bool:
    """Give the finished file its name without ever replacing one that is there."""
    try:
        os.link(aside, path)
        flush_folder(path.absolute().parent)
    except FileExistsError:
        return False
    except OSError:  # no hard links here (FAT, some shares): rename, which fails on Windows if it exists
        if path.exists():
            return False
        aside.rename(path)
    return True
