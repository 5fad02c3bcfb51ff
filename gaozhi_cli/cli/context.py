"""What a command works with, built once and only when asked for: settings, catalog, ledger, output."""

from __future__ import annotations

import re
from datetime import date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from gaozhi_cli.cli import errors
from gaozhi_cli.cli.output import Output
from gaozhi_cli.cli.settings import Settings, read_settings
from gaozhi_cli.domain.catalog import Catalog, Item, in_force
from gaozhi_cli.domain.commitment import parse_number
from gaozhi_cli.domain.county import Office, find_office, near_offices
from gaozhi_cli.domain.journal import Actor, Occasion
from gaozhi_cli.domain.lookup import find_ended, find_items, near_items
from gaozhi_cli.domain.problem import (
    BadInput,
    NotFound,
    NotReady,
    Problem,
    Refused,
    UsageFault,
    os_reason,
)
from gaozhi_cli.rendering.formats import (
    one_line,
)

if TYPE_CHECKING:
    from gaozhi_cli.storage.ledger import Ledger


FARTHEST_AHEAD = 366
SLOW = 1_000_000  # bytes of YAML


def now() -> datetime:
    """The clock of the journal."""
    return datetime.now().astimezone()


class Desk(Output):
    """One run of one command."""

    def __init__(self, settings: Settings) -> None:
        super().__init__(settings)
        self.today = settings.today
        self.unmade: frozenset[str] = frozenset()  # registered letters whose file cannot be made now

    @classmethod
    def here(cls) -> Desk:
        """The desk of the typer command that is running."""
        from typer._click.globals import get_current_context

        return cls(read_settings(get_current_context().meta))

    @cached_property
    def catalog(self) -> Catalog:
        """The county's 清单 in the version in force today."""
        from gaozhi_cli.storage.catalog_index import open_catalog

        return open_catalog(self.home, self.today, self._compiling)

    def _compiling(self, size: int) -> None:
        """Say so before the 清单 of a province is compiled: it takes some seconds, once after a change."""
        self.tell_unread()
        if size > SLOW:
            self.say("清单有变动，正在整理，稍候……")

    def catalog_of(self, version: str) -> Catalog:
        """The version that a case began with. Raises NotReady where it is not kept any more."""
        if version == self.catalog.version:
            return self.catalog
        from gaozhi_cli.storage.catalog_index import open_version

        found = open_version(self.home, version)
        if found is None:
            message = f"这一件按清单 {version} 办理，这个版本却不在了"
            raise NotReady(f"{message}；请从备份放回 {self.home.catalog} 后再办理")
        return found

    @property
    def occasion(self) -> Occasion:
        """The circumstances of an act of this run."""
        settings = self.settings
        import platform

        actor = Actor(settings.operator, settings.login, platform.node() or "unknown")
        return Occasion(self.today, actor, settings.request_id, settings.dry_run)

    def read_ledger(self, *, as_it_is: bool = False) -> Ledger | None:
        """The ledger for reading; None where none has been made yet and none was named.

        ``as_it_is``: also one whose tables are not as they were made, to say what is wrong with it.
        """
        from gaozhi_cli.storage.connect import open_ledger

        ledger = open_ledger(self.settings.ledger, self.home.keys, now, as_it_is=as_it_is)
        if ledger is None:
            if self.settings.ledger_named:
                message = f"没有台账 {self.settings.ledger}；请检查 --ledger 或 GAOZHI_LEDGER"
                raise NotReady(f"{message}，或运行 gaozhi ledger init 建立")
            self.say(f"还没有台账（{self.settings.ledger}），第一次登记时会自动建立")
        return ledger

    def required_ledger(self) -> Ledger:
        """The ledger for showing something that must be in it."""
        ledger = self.read_ledger()
        if ledger is None:
            raise NotFound("还没有台账，自然也没有这个编号")
        return ledger

    def lawful_occasion(self) -> None:
        """The day is not a slip far ahead, and nothing personal stands in what the journal keeps."""
        ahead = (self.today - date.today()).days
        if ahead > FARTHEST_AHEAD:
            raise UsageFault(f"--as-of {self.today} 晚于今天一年以上，请核对日期")
        if ahead > 0:
            self.say(f"提示：这个动作记在 {self.today}，晚于今天")
        journal_words(self.settings.operator, "经办人", "operator")
        journal_words(self.settings.request_id, "请求号", "request_id")

    def _not_lost(self, where: str) -> None:
        """A home with a key has had a ledger: never begin anew at 00001 because it is not found."""
        from gaozhi_cli.storage.connect import keys_of_lost_ledgers

        if not Path(where).exists() and keys_of_lost_ledgers(self.home.keys) and not Path(where).exists():
            message = f"{self.home.keys} 里有台账的密钥，却找不到台账 {where}"
            way_out = "请从备份放回（gaozhi ledger restore 备份文件）"
            raise NotReady(f"{message}；{way_out}，确要另建新台账请用 gaozhi ledger init --yes")

    def committed(self, text: str) -> None:
        """What stands in the ledger now, told if showing the result fails."""
        if not self.settings.dry_run:
            errors.DONE.append(text)

    def committed_so_far(self, what: str, count: int, unit: str) -> None:
        """The same of an act that goes on: said once, with the last count."""
        if self.settings.dry_run:
            return
        errors.DONE[:] = [told for told in errors.DONE if not told.startswith(what)] + [
            f"{what} {count} {unit}"
        ]

    def case_ledger(self) -> Ledger:
        """The ledger for an act on a case that must be in it: never made for that."""
        if not Path(self.settings.ledger).exists():
            if not self.settings.ledger_named:
                self._not_lost(self.settings.ledger)
            self.required_ledger()
        from gaozhi_cli.cli.registered_versions import all_there

        ledger = self.write_ledger()
        all_there(self, ledger)
        return ledger

    def write_ledger(self, *, afresh: bool = False, wal: bool = False) -> Ledger:
        """The ledger for an act: made where there is none; letters that a crash left unmade are finished."""
        from tempfile import TemporaryDirectory

        from gaozhi_cli.storage.connect import create_ledger, ledger_path

        self.lawful_occasion()
        where, keys = self.settings.ledger, self.home.keys
        if self.settings.dry_run and not ledger_path(where).exists():
            self._trial = TemporaryDirectory(prefix="gaozhi-")  # a ledger to try on, gone with this run
            where, keys = str(Path(self._trial.name, "ledger.db")), Path(self._trial.name, "keys")
        elif not self.settings.ledger_named and not afresh:
            self._not_lost(where)
        ledger, made = create_ledger(where, keys, now, self.occasion.actor, wal=wal)
        if made and not self.settings.dry_run:
            key = self.home.keys / f"{ledger.id()}.key"
            told = f"已建立台账 {self.settings.ledger}；密钥在 {key}，丢失后个人信息打不开"
            self.say(f"{told}，请另存一份备份：gaozhi ledger key backup --out 文件")
        self.finish_letters(ledger)
        return ledger

    def finish_letters(self, ledger: Ledger) -> None:
        """Make what is registered but has no file; a failure is told and does not stop the act at hand."""
        if self.settings.dry_run or not ledger.pending_letters():
            return
        from gaozhi_cli.cli.progress import Progress
        from gaozhi_cli.services.make_letter import finish_letters

        with Progress("正在补上文书") as progress:
            done = finish_letters(
                ledger=ledger,
                occasion=Occasion(self.today, self.occasion.actor),
                template=self.template(),
                home=self.home.root,
                progress=progress,
            )
        if done.made:
            self.committed(f"已补上 {len(done.made)} 份文书")
            named = "、".join(done.made[:5]) + (f" 等 {len(done.made)} 份" if len(done.made) > 5 else "")
            self.say(
                f"已补上 {named}的告知承诺书文件"
                if len(done.made) > 5
                else f"已补上 {named} 的告知承诺书文件"
            )
        self.unmade = frozenset(number for number, _ in done.failed)
        for number, reason in done.failed[:5]:
            self.say(f"{number} 的告知承诺书文件还没有补上：{reason}")
        if len(done.failed) > 5:
            self.say(f"还有 {len(done.failed) - 5} 份没有补上")

    def template(self, name: str = "commitment_letter.docx") -> bytes:
        """A template, the letter's unless named: the county's own, else the shipped one."""
        path = self.home.template(name)
        try:
            return path.read_bytes()
        except OSError as error:
            raise NotReady(f"读不了模板 {path}（{os_reason(error)}）") from None

    def office(self, text: str) -> Office:
        """The office meant. Raises NotFound with near names."""
        found = find_office(self.catalog.offices, text)
        if found is None:
            near = "、".join(f"{o.called}（{o.code}）" for o in near_offices(self.catalog.offices, text))
            raise NotFound(f"没有单位“{one_line(text)}”，相近的有：{near}")
        return found

    def called(self, code: str) -> str:
        """What people call the office with a code; the code itself where the catalog has dropped it."""
        return next((o.called for o in self.catalog.offices if o.code == code), code)

    def items(self, text: str) -> list[Item]:
        """Items meant, at least one. Raises NotFound with near ones."""
        found = find_items(self.catalog, text, self.today)
        if not found:
            self._refuse_ended(text)
            near = near_items(self.catalog, text, self.today)
            hint = "、".join(f"{i.no} {i.matter}" for i in near)
            way_out = f"相近的有：{hint}" if hint else "gaozhi catalog list 可查全部事项"
            raise NotFound(f"{self.today} 的清单里没有事项“{one_line(text)}”，{way_out}")
        return found

    def _refuse_ended(self, text: str) -> None:
        """Say of an item that has ended when it did, and what took its place. Raises Refused."""
        from gaozhi_cli.cli.registered_versions import written_items
        from gaozhi_cli.storage.catalog_index import begun, open_version, versions

        until_today = begun(versions(self.home), self.today)
        earlier = [open_version(self.home, head.version) for head in reversed(until_today[:-1])]
        ended = find_ended(text, self.today, [self.catalog, *(c for c in earlier if c is not None)])
        if ended is None:
            return
        item, following = ended.item, ended.successors
        way_out = (
            f"由{'、'.join(f'事项 {i.no}“{i.matter}”' for i in following)}取代"
            if following
            else "清单没有写明由哪一项取代；事项仍然保留的，请按一般程序办理"
        )
        now = self.catalog.item(item.id)
        if now is not None and now.valid_from is not None and now.valid_from > self.today:
            way_out = f"这一版清单里自 {now.valid_from} 起施行"
        if item.id in written_items(self):
            way_out += "；catalog/items/ 里写着这一项，要新增的请用 gaozhi catalog import 导入新版本"
        told = f"事项 {item.no}“{item.matter}”自 {ended.last} 后不再实行告知承诺"
        message = f"{told}（--as-of {ended.last} 可查看），{way_out}"
        raise Refused(message, (Problem("item-ended", message, "通知五（一）", "item"),))

    def tell_unread(self) -> None:
        """Say which files in the county's catalog folder nothing reads: a wrong name looks like no effect."""
        from gaozhi_cli.storage.fingerprint import unread_files

        unread = unread_files(self.home.catalog)
        if unread:
            self.say(f"提示：catalog/ 里这些文件没有读取，请核对文件名：{'、'.join(unread)}")

    def tell_ended(self, item: str, matter: str) -> None:
        """Say of a case not yet accepted that its item has left the 清单 since the letter was drawn up."""
        now = self.catalog.item(item)
        if now is None or not in_force(now, self.catalog, self.today):
            told = f"提示：事项“{matter}”在 {self.today} 已不在清单里"
            self.say(f"{told}；这一件按制作承诺书时的清单办理，受理前请核对是否还能适用")

    def item(self, text: str) -> Item:
        """The one item meant. Raises UsageFault with the candidates where there are several."""
        found = self.items(text)
        if len(found) > 1:
            listed = "；".join(f"{i.no} {i.matter}" for i in found[:10]) + ("等" if len(found) > 10 else "")
            raise UsageFault(f"“{one_line(text)}”对应 {len(found)} 个事项，请用序号指明：{listed}")
        return found[0]

    def number(self, text: str) -> str:
        """A number in its plain form. Raises NotFound when it is not one."""
        number = parse_number(text, self.catalog.county, self.catalog.offices)
        if number is None:
            private = re.search(r"\d{9}", text) or not re.search("[A-Za-z〔]", text)  # an ID number, a name
            said = "所写的" if private else f"“{one_line(text)}”"
            raise NotFound(
                f"{said}不是编号，应如 RS-2026-00001 或 荥人社告承〔2026〕00001号；"
                "只知道姓名或号码的，用 gaozhi commitment list --subject 姓名或号码 查"
            )
        return str(number)

    def target(self, text: str) -> str:
        """A number, or the id of a check (a number with ``-n`` behind it)."""
        head, dash, place = text.strip().rpartition("-")
        if dash and place.isdecimal() and len(place) < 4:
            number = parse_number(head, self.catalog.county, self.catalog.offices)
            if number is not None:
                return f"{number}-{int(place)}"
        return self.number(text)


def journal_words(text: str | None, label: str, field: str) -> None:
    """Refuse a text that would put personal numbers into the journal. Raises BadInput."""
    from gaozhi_cli.domain.applicant import no_personal_numbers

    problems = no_personal_numbers(text or "", label, field)
    if problems:
        raise BadInput(problems[0].message, tuple(problems))
