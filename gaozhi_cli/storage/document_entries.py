"""Reads the kinds of documents from ``catalog/documents.yaml``: the shipped file, the county's over it.

A county's entry is laid over the shipped one with its id, key by key, its blanks by their name; ``use:
否`` drops a kind or a blank. Every fault names file, line and column.
"""

from __future__ import annotations

import keyword
import re
from collections.abc import Iterator, Sequence
from pathlib import Path

from gaozhi_cli.domain.document_kinds import About, By, Choice, Fact, Field, Kind, Signer, Source
from gaozhi_cli.domain.vocabulary import CommitmentStatus
from gaozhi_cli.storage import strict_yaml
from gaozhi_cli.storage.home import shipped
from gaozhi_cli.storage.strict_yaml import Located, fault
from gaozhi_cli.storage.yaml_values import entries, laid_over, only, text, texts, whole, word, word_of, yes

FILE = "documents.yaml"
KIND_KEYS = {
    "id", "title", "template", "official", "about", "signers", "clause", "source", "purpose", "wording",
    "barred", "late", "once", "agent", "command", "fields", "use",
}  # fmt: skip
FIELD_KEYS = {
    "name", "from", "by", "help", "required", "several", "ticked", "closed", "choices", "value", "source",
    "blank", "terms", "use",
}  # fmt: skip
CHOICE_KEYS = {"code", "text", "clause", "unless"}
TYPED_ONLY = ("by", "several", "ticked", "closed", "choices", "value", "terms")
ID = re.compile(r"[a-z][a-z0-9-]{1,39}")
TEMPLATE = re.compile(r"\w[\w.-]{0,99}\.docx")
TITLE = re.compile(r"[\w（）《》〔〕、·-]{2,60}")
BLANK_NAME = re.compile(r"[^\W\d]\w{0,39}")


def read_documents(folders: Sequence[Path]) -> tuple[Kind, ...]:
    """The kinds of documents in these folders, later ones over earlier. Raises BadInput with the place."""
    merged: dict[str, Located] = {}
    for folder in folders:
        for id_, entry in _file(folder):
            below = merged.get(id_)
            whole_ = laid_over(below, entry)
            if below is not None and "fields" in entry:
                whole_["fields"] = _over(below, entry)
            merged[id_] = whole_
    kinds = tuple(_kind(entry) for entry in merged.values() if _used(entry))
    titles: dict[str, str] = {}
    for kind in kinds:
        if titles.setdefault(kind.title, kind.id) != kind.id:
            entry = merged[kind.id]
            raise fault(entry.where("title"), f"文书名称“{kind.title}”已用于“{titles[kind.title]}”")
    return kinds


def county_documents(own: Path) -> tuple[Kind, ...]:
    """The kinds of documents of a county: the shipped ones with its own laid over."""
    return read_documents([shipped("catalog"), own])


def _file(folder: Path) -> Iterator[tuple[str, Located]]:
    path = folder / FILE
    if not path.is_file():
        return
    prefix = "随附 catalog" if folder == shipped("catalog") else "catalog"
    document = strict_yaml.load(path, f"{prefix}/{FILE}")
    only(document, ["documents"])
    yield from _named(document, "documents", "id", KIND_KEYS).items()


def _named(document: Located, key: str, by: str, allowed: set[str]) -> dict[str, Located]:
    """The entries of a list by the key that names them; each is named once."""
    found: dict[str, Located] = {}
    for entry in entries(document, key):
        only(entry, allowed)
        name = text(entry, by)
        if name in found:
            raise fault(entry.where(by), f"{by} “{name}”重复")
        found[name] = entry
    return found


def _over(below: Located, above: Located) -> list[Located]:
    """The county's blanks over the shipped ones by name, new ones behind."""
    fields = _named(below, "fields", "name", FIELD_KEYS)
    for name, entry in _named(above, "fields", "name", FIELD_KEYS).items():
        fields[name] = laid_over(fields.get(name), entry)
    return list(fields.values())


def _used(entry: Located) -> bool:
    return "use" not in entry or yes(entry, "use")


def _flag(entry: Located, key: str) -> bool:
    return key in entry and yes(entry, key)


def _matching(entry: Located, key: str, pattern: re.Pattern[str], how: str) -> str:
    value = text(entry, key)
    if not pattern.fullmatch(value):
        raise fault(entry.where(key), f"{key} “{value}”{how}")
    return value


def _kind(entry: Located) -> Kind:
    fields = _named(entry, "fields", "name", FIELD_KEYS)
    signers = texts(entry, "signers")
    if not signers:
        raise fault(entry.where("signers" if "signers" in entry else "id"), "缺少“signers”")
    barred = [
        word_of(one, entry.where("barred"), "barred", CommitmentStatus) for one in texts(entry, "barred")
    ]
    kind = Kind(
        id=_matching(entry, "id", ID, "应是小写字母、数字和 -，字母开头"),
        title=_matching(entry, "title", TITLE, "要用作文件名，不能含空格和特殊符号"),
        template=_matching(entry, "template", TEMPLATE, "应是 templates 里的 docx 文件名"),
        official=_flag(entry, "official"),
        about=About(word(entry, "about", About)),
        signers=tuple(Signer(word_of(one, entry.where("signers"), "signers", Signer)) for one in signers),
        clause=text(entry, "clause"),
        fields=tuple(_field(one) for one in fields.values() if _used(one)),
        purpose=text(entry, "purpose", False),
        source=text(entry, "source", False),
        wording=tuple(texts(entry, "wording")),
        barred=tuple(CommitmentStatus(one) for one in barred),
        once=_flag(entry, "once"),
        agent=_flag(entry, "agent"),
        late=text(entry, "late", False),
        command=text(entry, "command", False),
    )
    if not kind.fields:
        raise fault(entry.where("id"), f"文书“{kind.id}”没有栏目，请写 fields")
    return kind


def _field(entry: Located) -> Field:
    name = _matching(entry, "name", BLANK_NAME, "不能用作栏目名，请用汉字、字母和数字，不用空格")
    if keyword.iskeyword(name) or name in ("loop", "self", "true", "false", "none"):
        raise fault(entry.where("name"), f"栏目名“{name}”是模板里的保留词，请换一个")
    source = Source(word(entry, "from", Source))
    for key in TYPED_ONLY:
        if source is not Source.TYPED and key in entry:
            raise fault(entry.where(key), f"栏目“{name}”由程序填写，不能写“{key}”")
    choices = _choices(entry)
    value, ticked, closed = texts(entry, "value"), _flag(entry, "ticked"), _flag(entry, "closed")
    several, terms = _flag(entry, "several"), _flag(entry, "terms")
    for key, on in (("ticked", ticked), ("closed", closed)):
        if on and not choices:
            raise fault(entry.where(key), f"栏目“{name}”写了 {key}: 是，就要写 choices")
    if len(value) > 1 and not (several or ticked or terms):
        raise fault(entry.where("value"), f"栏目“{name}”只能有一个 value；要几条请写 several: 是")
    codes = {choice.code for choice in choices}
    if closed and not set(value) <= codes:
        raise fault(entry.where("value"), f"栏目“{name}”的 value 不在 choices 的 code 之列")
    blank = int(whole(entry, "blank", 400, "下划线的个数")) if "blank" in entry else Field("", source).blank
    return Field(
        name=name,
        source=source,
        by=By(word(entry, "by", By)) if "by" in entry else By.CLERK,
        help=text(entry, "help", False),
        required=_flag(entry, "required"),
        several=several,
        ticked=ticked,
        closed=closed,
        choices=choices,
        value=tuple(value),
        origin=text(entry, "source", bool(value)),
        blank=blank,
        terms=terms,
    )


def _choices(entry: Located) -> tuple[Choice, ...]:
    found = _named(entry, "choices", "code", CHOICE_KEYS)
    for one in found.values():
        _matching(one, "code", ID, "应是小写字母、数字和 -，字母开头")
    return tuple(
        Choice(code, text(one, "text"), text(one, "clause", False), _facts(one))
        for code, one in found.items()
    )


def _facts(choice: Located) -> tuple[Fact, ...]:
    return tuple(
        Fact(word_of(one, choice.where("unless"), "unless", Fact)) for one in texts(choice, "unless")
    )
