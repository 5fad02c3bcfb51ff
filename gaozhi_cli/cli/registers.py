"""A declared register made ready to be asked: its file found, its secrets read, its adapter chosen."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from gaozhi_cli.cli.context import Desk
from gaozhi_cli.domain.problem import BadInput, NotFound, Problem, SourceUnavailable, UsageFault, os_reason
from gaozhi_cli.domain.vocabulary import Compared, SourceKind

if TYPE_CHECKING:
    from gaozhi_cli.domain.registers import Source
    from gaozhi_cli.sources.dialects import Dialect
    from gaozhi_cli.sources.interface import Register
    from gaozhi_cli.storage.ledger import Ledger


def find_source(desk: Desk, text: str) -> Source:
    """The register meant by its id or name, or by a part of its name. Raises NotFound, UsageFault."""
    from gaozhi_cli.storage.source_entries import county_sources

    declared = county_sources(desk.home.catalog)
    wanted = text.strip()
    for one in declared:
        if wanted.lower() == one.id or wanted == one.name:
            return one
    near = [one for one in declared if len(wanted) >= 2 and wanted in one.name]
    if len(near) == 1:
        return near[0]
    listed = "、".join(f"{one.id}（{one.name}）" for one in near or declared)
    if near:
        raise UsageFault(f"“{wanted}”对应几个来源，请用代号指明：{listed}")
    way_out = f"有：{listed}" if declared else "县里还没有登记来源，写法见 docs/sources.md"
    raise NotFound(f"没有来源“{wanted}”；{way_out}")


def open_register(desk: Desk, source: Source, ledger: Ledger | None, file: str | None = None) -> Register:
    """The adapter of a register. ``file``: an extract given by hand. Raises BadInput, SourceUnavailable.

    Without a ledger (to try whether it is there) nothing is asked about anybody, so no receipt is made.
    """
    if file is not None and source.kind is not SourceKind.EXTRACT:
        raise UsageFault(f"来源“{source.name}”是{source.kind.label}，不是文件，不能用 --file")

    def receipt(data: bytes) -> str:
        return ledger.keyed("answer", data.hex()).hex()[:32] if ledger is not None else ""

    if source.kind is SourceKind.EXTRACT:
        from gaozhi_cli.sources.extract import ExtractRegister
        from gaozhi_cli.storage.extract_file import ExtractFile

        path = Path(file) if file is not None else newest_file(desk.home.root, source)
        sheet, dated = source.place.sheet, source.dated
        return ExtractRegister(
            source, lambda: ExtractFile(_there(path, source), source.columns, sheet=sheet, dated=dated)
        )
    if source.kind is SourceKind.TABLE:
        from gaozhi_cli.sources.database import DatabaseRegister

        return DatabaseRegister(source, _dialect(desk, source), receipt)
    from gaozhi_cli.sources.gateway import Access, GatewayRegister

    place, home = source.place, desk.home.root
    ca_file = home / place.ca_file if place.ca_file else None
    return GatewayRegister(source, Access(_address(desk, source), _token(desk, source), ca_file), receipt)


def newest_file(home: Path, source: Source) -> Path:
    """The extract declared: the path, or of those that fit a pattern the newest, told as its day is told."""
    from gaozhi_cli.storage.extract_file import BY_TIME, day_in_name

    path = home / source.place.file
    if "*" not in path.name:
        return path
    try:
        found = [one for one in path.parent.glob(path.name) if one.is_file() and one.name[0] not in ".~"]
        if source.dated == BY_TIME:
            return max(found, key=lambda one: (one.stat().st_mtime, one.name), default=path)
    except OSError as error:
        raise _gone(source, f"读不了 {path.parent}（{os_reason(error)}）") from None
    return max(found, key=lambda one: (day_in_name(one) or "", one.name), default=path)


def _there(path: Path, source: Source, way: str = "，或用 --file 指明") -> Path:
    if not path.is_file():
        raise _gone(source, f"没有文件 {path}，请放好来源给的文件{way}")
    if not os.access(path, os.R_OK):
        raise _gone(source, f"读不了 {path}，请检查权限")
    return path


def _gone(source: Source, why: str) -> SourceUnavailable:
    message = f"来源“{source.name}”：{why}"
    return SourceUnavailable(message, (Problem(Compared.UNAVAILABLE.value, message, field="source"),))


def _dialect(desk: Desk, source: Source) -> Dialect:
    from gaozhi_cli.sources import dialects
    from gaozhi_cli.storage.private_text import private_text

    place, timeout = source.place, float(source.limits.timeout)
    if place.database == "sqlite":
        return dialects.sqlite(_there(desk.home.root / place.file, source, "，或改 sources.yaml"), timeout)
    dsn = private_text(place.dsn_env, place.dsn_file, desk.home.root, "数据库的连接串")
    known = {"postgresql": dialects.postgresql, "odbc": dialects.odbc}
    return known[place.database](dsn, timeout)


def _address(desk: Desk, source: Source) -> str:
    """The gateway's address, from YAML or the environment. Raises BadInput where it cannot be used."""
    from gaozhi_cli.storage.private_text import private_text
    from gaozhi_cli.storage.source_entries import address_problem

    place = source.place
    if place.address:
        return place.address
    address = private_text(place.address_env, "", desk.home.root, "接口的网址")
    problem = address_problem(address)
    if problem:
        message = f"环境变量 {place.address_env} 里的{problem.removeprefix('address ')}"
        raise BadInput(message, (Problem("source-address", message, field="address_env"),))
    return address


def _token(desk: Desk, source: Source) -> str:
    from gaozhi_cli.storage.private_text import private_text

    place = source.place
    if not (place.token_env or place.token_file):
        return ""
    return private_text(place.token_env, place.token_file, desk.home.root, "接口的凭证")
