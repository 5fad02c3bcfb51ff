"""Reads the registers that a county compares with from ``catalog/sources.yaml`` (docs/sources.md).

Nothing is shipped but the empty list: which registers there are, and by which agreement, only the county
knows. A secret never stands in YAML, only the name of a variable or of a private file that holds it.
Every fault names file, line and column.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Sequence
from pathlib import Path
from urllib.parse import urlsplit

from gaozhi_cli.domain.comparing import ComparedField
from gaozhi_cli.domain.registers import LEAST_SHARE, RATE, TIMEOUT, Asking, Key, Limits, Place, Source
from gaozhi_cli.domain.vocabulary import ClaimPart, CompareAs, IdType, SourceKind
from gaozhi_cli.storage import strict_yaml
from gaozhi_cli.storage.home import shipped
from gaozhi_cli.storage.strict_yaml import Located, fault
from gaozhi_cli.storage.yaml_values import (
    entries,
    laid_over,
    mapping,
    only,
    text,
    texts,
    whole,
    word,
    word_of,
    yes,
)

FILE = "sources.yaml"
DATED = ("文件名", "修改日期")
DATABASES = ("sqlite", "postgresql", "odbc")
COMMON_KEYS = {
    "id", "name", "kind", "source", "serves", "key", "fields", "dated_column", "max_age", "timeout",
    "rate", "closes", "use",
}  # fmt: skip
KIND_KEYS = {
    SourceKind.EXTRACT: {"file", "sheet", "dated", "least_share"},
    SourceKind.TABLE: {"database", "file", "dsn_env", "dsn_file", "table"},
    SourceKind.GATEWAY: {
        "address", "address_env", "header", "token_env", "token_file", "ca_file", "method", "ask", "fixed",
        "repeatable", "answer",
    },
}  # fmt: skip
SOURCE_KEYS = COMMON_KEYS.union(*KIND_KEYS.values())
KEY_KEYS = {"part", "column", "id_types"}
COMPARED_KEYS = {"name", "column", "as", "part", "one_of"}
ANSWER_KEYS = {"records", "code", "ok", "none", "not_found"}
CLOSES_KEYS = {"match", "source"}
ID = re.compile(r"[a-z][a-z0-9-]{1,39}")
VARIABLE = re.compile(r"[A-Z][A-Z0-9_]{1,79}")
HEADER = re.compile(r"[A-Za-z][A-Za-z0-9-]{0,63}")
COLUMN = re.compile(r"[^\x00-\x1f\"`\[\]]{1,100}")
TABLE = re.compile(r"[^\x00-\x1f\"`\[\].;]{1,100}(\.[^\x00-\x1f\"`\[\].;]{1,100})?")
LOOPBACK = ("127.0.0.1", "localhost", "::1")


def county_sources(own: Path) -> tuple[Source, ...]:
    """The registers of a county. Raises BadInput with the place."""
    return read_sources([shipped("catalog"), own])


def read_sources(folders: Sequence[Path]) -> tuple[Source, ...]:
    """The registers declared in these folders, later ones over earlier by id. Raises BadInput."""
    merged: dict[str, Located] = {}
    for folder in folders:
        path = folder / FILE
        if not path.is_file():
            continue
        prefix = "随附 catalog" if folder == shipped("catalog") else "catalog"
        document = strict_yaml.load(path, f"{prefix}/{FILE}")
        only(document, ["sources"])
        seen: set[str] = set()
        for entry in entries(document, "sources"):
            only(entry, SOURCE_KEYS)
            id_ = text(entry, "id")
            if id_ in seen:
                raise fault(entry.where("id"), f"id “{id_}”重复")
            seen.add(id_)
            merged[id_] = laid_over(merged.get(id_), entry)
    used = [entry for entry in merged.values() if "use" not in entry or yes(entry, "use")]
    names: dict[str, str] = {}
    sources = tuple(_source(entry) for entry in used)
    for source, entry in zip(sources, used, strict=True):
        if names.setdefault(source.name, source.id) != source.id:
            raise fault(entry.where("name"), f"来源名称“{source.name}”已用于“{names[source.name]}”")
    return sources


def _source(entry: Located) -> Source:
    kind = SourceKind(word(entry, "kind", SourceKind))
    for key in entry:
        if key not in COMMON_KEYS | KIND_KEYS[kind]:
            raise fault(entry.where(key), f"来源类型是“{kind.label}”，不能写“{key}”")
    serves = texts(entry, "serves")
    if not serves or not all(serves):
        raise fault(
            entry.where("serves" if "serves" in entry else "id"), "缺少“serves”：写明答复哪些事项、证明"
        )
    lookup = _key(entry, kind)
    source = Source(
        id=_matching(entry, "id", ID, "应是小写字母、数字和 -，字母开头"),
        name=text(entry, "name"),
        kind=kind,
        source=text(entry, "source"),
        serves=tuple(serves),
        key=lookup,
        fields=_fields(entry),
        place=_place(entry, kind),
        limits=_limits(entry),
        declared=hashlib.sha256(json.dumps(entry, sort_keys=True).encode()).hexdigest()[:8],
        asking=_asking(entry, lookup) if kind is SourceKind.GATEWAY else None,
        dated=_chosen(entry, "dated", DATED) if "dated" in entry else "",
        dated_column=text(entry, "dated_column", False),
        closing=_closing(entry),
    )
    if source.limits.max_age is not None and not (source.dated or source.dated_column):
        ways = "dated 或 dated_column" if kind is SourceKind.EXTRACT else "dated_column"
        raise fault(entry.where("max_age"), f"写了 max_age，就要用 {ways} 写明数据日期从哪里来")
    return source


def _matching(entry: Located, key: str, pattern: re.Pattern[str], how: str) -> str:
    value = text(entry, key)
    if not pattern.fullmatch(value):
        raise fault(entry.where(key), f"{key} “{value}”{how}")
    return value


def _chosen(entry: Located, key: str, among: Sequence[str]) -> str:
    value = text(entry, key)
    if value not in among:
        raise fault(entry.where(key), f"“{key}”不认识“{value}”，可用：{'|'.join(among)}")
    return value


def _named(entry: Located, key: str) -> str:
    """The name of an environment variable; never the secret itself."""
    if key not in entry:
        return ""
    how = "应是环境变量的名称（大写字母、数字、下划线），地址和口令本身不写在这里"
    value = text(entry, key)
    if not VARIABLE.fullmatch(value):
        raise fault(entry.where(key), f"{key} {how}")  # what was written may be the secret
    return value


def _key(entry: Located, kind: SourceKind) -> Key:
    key = mapping(entry, "key", KEY_KEYS)
    if key is None:
        raise fault(entry.where("id"), "缺少“key”：写明按什么号码查")
    if kind is not SourceKind.GATEWAY or "column" in key:
        _matching(key, "column", COLUMN, "不能用作栏目名")
    part = ClaimPart(word(key, "part", ClaimPart))
    id_types = [word_of(one, key.where("id_types"), "id_types", IdType) for one in texts(key, "id_types")]
    return Key(part, text(key, "column", False), tuple(id_types))


def _fields(entry: Located) -> tuple[ComparedField, ...]:
    found: dict[str, ComparedField] = {}
    for one in entries(entry, "fields"):
        only(one, COMPARED_KEYS)
        name, how = text(one, "name"), CompareAs(word(one, "as", CompareAs))
        if name in found:
            raise fault(one.where("name"), f"栏目“{name}”重复")
        own = how in (CompareAs.STATUS, CompareAs.VALID)
        if own and "part" in one:
            raise fault(one.where("part"), f"“{how.label}”不与申请人的内容比对，不能写“part”")
        part = None if own else ClaimPart(word(one, "part", ClaimPart))
        words = tuple(texts(one, "one_of"))
        if (how is CompareAs.STATUS and not all(words or ("",))) or (words and not own):
            raise fault(one.where("one_of" if words else "name"), "one_of 写“状态”应是哪几个词，别的不写")
        column = _matching(one, "column", COLUMN, "不能用作栏目名")
        found[name] = ComparedField(name, column, how, part, words)
    if not found:
        raise fault(entry.where("fields" if "fields" in entry else "id"), "缺少“fields”：写明比对哪些栏目")
    return tuple(found.values())


def _place(entry: Located, kind: SourceKind) -> Place:
    keys = ("file", "sheet", "dsn_file", "token_file", "ca_file")
    place = Place(
        **{key: text(entry, key, False) for key in keys},
        **{key: _named(entry, key) for key in ("dsn_env", "address_env", "token_env")},
    )
    if kind is SourceKind.EXTRACT:
        return place._replace(file=text(entry, "file"))
    if kind is SourceKind.TABLE:
        database = _chosen(entry, "database", DATABASES)
        ways = ("file",) if database == "sqlite" else ("dsn_env", "dsn_file")
        _one_of(entry, ways, ("file", "dsn_env", "dsn_file"))
        return place._replace(
            database=database, table=_matching(entry, "table", TABLE, "应是表名或 模式.表名")
        )
    _one_of(entry, ("address", "address_env"))
    _one_of(entry, ("token_env", "token_file"), needed=False)
    header = _matching(entry, "header", HEADER, "不是请求头的名称") if "header" in entry else "Authorization"
    return place._replace(address=_address(entry), header=header)


def _one_of(entry: Located, ways: Sequence[str], known: Sequence[str] = (), *, needed: bool = True) -> None:
    """Just one of some keys says where it is."""
    said = [key for key in known or ways if key in entry]
    if len(said) > 1 or (said and said[0] not in ways) or (needed and not said):
        raise fault(entry.where(said[-1] if said else "id"), f"{'、'.join(ways)} 只写一个")


def _address(entry: Located) -> str:
    if "address" not in entry:
        return ""
    problem = address_problem(text(entry, "address"))
    if problem:
        raise fault(entry.where("address"), problem)
    return text(entry, "address")


def address_problem(address: str) -> str:
    """Why an address cannot be used; empty where it can. The text is not repeated: it may hold a secret."""
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "address 不是网址"
    if parts.scheme not in ("https", "http") or not host:
        return "address 应以 https:// 开头"
    if parts.scheme == "http" and host not in LOOPBACK:
        return "address 要用 https://：号码不能明文在网上传（本机的 127.0.0.1 除外）"
    if parts.username or parts.password or parts.query or parts.fragment:
        return "address 里不能有用户名、口令、? 参数或 #，口令用 token_env、token_file，参数用 ask、fixed"
    return ""


def _limits(entry: Located) -> Limits:
    def number(key: str, default: int, most: int, what: str) -> int:
        return int(whole(entry, key, most, what)) if key in entry else default

    return Limits(
        max_age=int(whole(entry, "max_age", 3660)) if "max_age" in entry else None,
        least_share=number("least_share", LEAST_SHARE, 100, "百分数"),
        timeout=number("timeout", TIMEOUT, 600, "秒数"),
        rate=number("rate", RATE, 1000, "每秒的次数"),
    )


def _asking(entry: Located, key: Key) -> Asking:
    method = _chosen(entry, "method", ("GET", "POST"))
    ask = entry.get("ask")
    if not isinstance(ask, Located) or not ask:
        raise fault(entry.where("ask" if ask is not None else "id"), "缺少“ask”：参数名: 申请人的哪一项")
    asked = tuple((name, ClaimPart(word(ask, name, ClaimPart))) for name in ask)
    if key.part not in [part for _, part in asked]:
        raise fault(entry.where("ask"), f"ask 里没有“{key.part.label}”，无从按它查询")
    fixed = entry.get("fixed")
    if fixed is not None and not isinstance(fixed, Located):
        raise fault(entry.where("fixed"), "“fixed”应是“键: 值”")
    twice = set(ask) & set(fixed or ())
    if twice:
        raise fault(entry.where("fixed"), f"参数“{min(twice)}”在 ask 里已有")
    answer = mapping(entry, "answer", ANSWER_KEYS) or Located(entry.at, entry.file)
    ok, none, code = tuple(texts(answer, "ok")), tuple(texts(answer, "none")), text(answer, "code", False)
    if bool(code) != bool(ok) or (none and not code):
        raise fault(entry.where("answer"), "code 和 ok 要一起写；none 也要有 code")
    return Asking(
        method=method,
        ask=asked,
        fixed=tuple((name, text(fixed, name)) for name in fixed or ()) if fixed is not None else (),
        repeatable=method == "GET" or ("repeatable" in entry and yes(entry, "repeatable")),
        records=text(answer, "records", False),
        code=code,
        ok=ok,
        none=none,
        not_found="not_found" in answer and yes(answer, "not_found"),
    )


def _closing(entry: Located) -> str:
    closes = mapping(entry, "closes", CLOSES_KEYS)
    if closes is None or not yes(closes, "match"):
        return ""
    return text(closes, "source")
