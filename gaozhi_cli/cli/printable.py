"""Names characters that no font here can print, before anybody prints (DESIGN: trust)."""

from __future__ import annotations

from collections.abc import Iterable
from functools import cached_property
from typing import TYPE_CHECKING

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.domain.letter import Application
from gaozhi_cli.rendering.fonts import installed_fonts, missing_characters, named, unusual

if TYPE_CHECKING:
    from gaozhi_cli.rendering.fonts import Fonts

WAY_OUT = "印出来会缺字；可换一台装有这些字的机器打印，gaozhi doctor 查看字体"


class Printable:
    """Looks characters up in the fonts of this machine; the fonts are read only when a rare one comes."""

    def __init__(self, desk: Desk) -> None:
        self._cache = desk.home.cache
        self._rows: dict[str, list[int]] = {}

    @cached_property
    def _fonts(self) -> Fonts | None:
        return installed_fonts(self._cache)

    def missing(self, application: Application) -> tuple[str, ...]:
        """The characters of an application that no font here has."""
        who, agent = application.applicant, application.agent
        texts = [who.name, who.contact, who.address, application.statement, application.site_address]
        texts += [agent.name] if agent else []
        if not any(map(unusual, texts)) or self._fonts is None:
            return ()
        return missing_characters(texts, self._fonts)

    def look(self, row: int, application: Application) -> None:
        """Remember which row has which characters."""
        for char in self.missing(application):
            rows = self._rows.setdefault(char, [])
            if len(rows) < 6:
                rows.append(row)

    def told(self) -> Iterable[str]:
        """A sentence for each character and its rows."""
        for char, rows in self._rows.items():
            where = "、".join(map(str, rows[:5])) + (" 等" if len(rows) > 5 else "")
            yield f"本机没有字体能印 {named([char])}（第 {where} 行），{WAY_OUT}"
