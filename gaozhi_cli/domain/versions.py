"""清单 versions: which rows correspond, what changed cell by cell (通知五（一）, 规程一：动态调整)."""

from __future__ import annotations

import unicodedata
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import NamedTuple

from gaozhi_cli.domain.catalog import Catalog, Item
from gaozhi_cli.domain.cells import cells_of, printed_cells
from gaozhi_cli.domain.county import Office
from gaozhi_cli.domain.vocabulary import Word

# key of a cell and its heading in the wide sheet, in the order of the sheet
COLUMNS = {
    "id": "事项代号",
    "no": "序号",
    "office": "承办单位",
    "matter": "行政事项名称",
    "proofs": "实行告知承诺制的证明事项",
    "method": "核查方式",
    "tree": "证明结构",
    "code": "事项编码",
    "duty": "权责清单",
    "field": "领域",
    "frequency": "频次",
    "difficulty": "难度",
    "risk": "风险等级",
    "channels": "办理渠道",
    "basis": "设定依据",
    "content": "证明内容",
    "issuer": "开具单位",
    "standard": "核查标准",
    "period": "核查期限",
    "assessment": "适用评估",
    "agent": "代为承诺",
    "disclosure": "公开",
    "disclosure_period": "公开时限",
    "triggers": "公开情形",
    "contact_person": "联系人",
    "contact_phone": "联系方式",
    "materials": "其他材料",
    "replaces": "取代",
    "valid_from": "施行日期",
    "valid_until": "停止日期",
}


# how a cell is written, for whoever fills in the wide sheet
HOW_TO_FILL = {
    "id": "不要改；新的事项留空，由工具给出",
    "no": "整张清单的序号，不得重复",
    "office": "全称或者简称，要在 offices.yaml 登记过",
    "matter": "行政事项名称；改了名称的，导入时加 --same 序号=代号",
    "proofs": "照公布的写法；改了这一栏，证明结构会按新的文字重新解读",
    "method": "在线核查、现场核查、免于核查",
    "tree": "一行一项：名称【核查方式】；全部：、任选其一：、按情形：、情形 某某： 之下的行缩进两格；"
    "证明代号不要改（证明改名的，把它的代号删去），新的证明不写代号；可以留空，由工具按公布的写法解读",
    "code": "政务服务网上的事项编码",
    "duty": "对应的权责清单条目",
    "field": "fields.yaml 列出的领域之一",
    "frequency": "一年件数｜年份｜数据来源，如 120｜2025｜窗口统计",
    "difficulty": "低、中、高之一｜理由，如 高｜要到外地开具",
    "risk": "低、中、高之一｜理由",
    "channels": "线上、线下，可以都写",
    "basis": "一行一条：法规名称｜版本｜条｜款｜项｜原文｜来源；版本、款、项可以空着，竖线不能少",
    "content": "一行一句",
    "issuer": "开具单位｜出处；各项证明不同的，一行一项：证明代号：开具单位｜出处",
    "standard": "核对什么、怎样算符合；各项证明不同的，一行一项：证明代号：标准",
    "period": "工作日天数｜起用日期｜出处，如 10｜2026-01-01｜本县决定；"
    "还可以接着写｜核查方式｜自受理或办结起算｜办结前或办结后｜人数｜核查标准；"
    "各项证明不同的，前面写证明代号和冒号",
    "assessment": "可以适用（或不适用告知承诺）｜领域｜理由｜评估人｜日期；"
    "各项证明不同的，前面写证明代号和冒号",
    "agent": "可以或不可以｜法定监护人可以（或不可以，可空）｜出处，如 可以｜法定监护人不可以｜本县规定",
    "disclosure": "公开或不公开｜出处",
    "disclosure_period": "公开时限，不公开的留空",
    "triggers": "公共利益、第三人利益、核查难度，可以写几个",
    "contact_person": "印在承诺书上的联系人",
    "contact_phone": "印在承诺书上的电话；把单元格设为文本，免得丢了前面的 0",
    "materials": "一行一项：名称｜出处｜起用日期｜停止日期，日期可以空着；承诺代替的证明不要写",
    "replaces": "这一项取代以前的哪几项：序号或者事项代号，用顿号隔开",
    "valid_from": "晚于清单起用日期的才写，如 2027-07-01",
    "valid_until": "提前停止的才写",
}
FIELD_LABELS = COLUMNS | {"": "整项"}


class ChangeKind(Word):
    """How a row of a newer version differs."""

    ADDED = "added", "新增"
    REMOVED = "removed", "取消"
    CHANGED = "changed", "改动"


class Change(NamedTuple):
    """One difference: a whole item added or removed, or one cell of it changed."""

    change: ChangeKind
    item: str
    no: str
    office: str
    matter: str
    field: str
    old: str
    new: str


def diff(before: Catalog, after: Catalog) -> list[Change]:
    """What changed from one version to another, in the order of the newer one, removed items last."""
    old = {item.id: item for item in before.items}
    new = {item.id: item for item in after.items}
    changes: list[Change] = []
    for item in after.items:
        if item.id not in old:
            changes.append(_whole(ChangeKind.ADDED, item, after))
        elif item != old[item.id] or before.offices != after.offices:
            changes += _cells(old[item.id], item, before, after)
    return changes + [_whole(ChangeKind.REMOVED, item, before) for id_, item in old.items() if id_ not in new]


def _whole(kind: ChangeKind, item: Item, catalog: Catalog) -> Change:
    no, office, matter, proofs, method = printed_cells(item, catalog)
    told = f"{matter}：{proofs}（{method}）"
    old, new = ("", told) if kind is ChangeKind.ADDED else (told, "")
    return Change(kind, item.id, no, office, matter, "", old, new)


def _cells(old: Item, new: Item, before: Catalog, after: Catalog) -> Iterable[Change]:
    was, now = cells_of(old, before), cells_of(new, after)
    for key in COLUMNS:
        if was[key] != now[key]:
            yield Change(
                ChangeKind.CHANGED, new.id, now["no"], now["office"], now["matter"], key, was[key], now[key]
            )


def normal(text: str) -> str:
    """A text for comparing: normal width, no blanks, one kind of brackets and stops."""
    return "".join(unicodedata.normalize("NFKC", text).split()).replace(";", "；").replace(",", "，").lower()


class Row(NamedTuple):
    """A row of an imported table as far as it tells which item it is."""

    no: str
    office: str
    matter: str
    proofs: str
    id: str = ""


def office_named(name: str, offices: Sequence[Office]) -> Office | None:
    """The office printed under a name: full, short, or code, blanks and width apart."""
    wanted = normal(name)
    for office in offices:
        if wanted in {normal(known) for known in (office.name, *office.short, office.code)}:
            return office
    return None


def match(rows: Sequence[Row], items: Iterable[Item], same: Mapping[str, str]) -> list[str]:
    """The id that each row's item had in the version before; empty for a new one.

    By the id given in the row or in ``same`` (row number → id), else by office, matter and proofs, else
    by office and matter where that leaves no doubt. A changed name is never guessed to be the same.
    """
    found = [row.id or same.get(row.no, "") for row in rows]
    left = {item.id: item for item in items if item.id not in found}
    steady = _same_numbers(rows, found, left.values())
    for key in (_by_all, _by_row, _by_matter):
        groups: dict[tuple[str, ...], list[str]] = defaultdict(list)
        for item in left.values():
            groups[key(_row(item))].append(item.id)
        waiting: dict[tuple[str, ...], list[int]] = defaultdict(list)
        for place, row in enumerate(rows):
            if not found[place]:
                waiting[key(row)].append(place)
        for asked, places in waiting.items():
            if key is _by_row and asked[:-1] not in steady:
                continue
            if len(places) == 1 == len(groups[asked]):
                found[places[0]] = groups[asked][0]
                del left[groups[asked][0]]
    return found


def _same_numbers(rows: Sequence[Row], found: Sequence[str], items: Iterable[Item]) -> set[tuple[str, ...]]:
    """Matters whose rows have kept their numbers: only there does a number tell two of one name apart."""
    before: dict[tuple[str, ...], set[str]] = defaultdict(set)
    after: dict[tuple[str, ...], set[str]] = defaultdict(set)
    for item in items:
        before[_by_matter(_row(item))].add(item.no)
    for row, id_ in zip(rows, found, strict=True):
        if not id_:
            after[_by_matter(row)].add(row.no)
    return {matter for matter, numbers in after.items() if numbers == before[matter]}


def _row(item: Item) -> Row:
    printed = item.printed
    proofs = printed.proofs if printed else "；".join(proof.name for proof in item.proofs)
    return Row(item.no, item.office, printed.matter if printed else item.matter, proofs)


def _by_all(row: Row) -> tuple[str, ...]:
    return row.office, normal(row.matter), normal(row.proofs)


def _by_row(row: Row) -> tuple[str, ...]:
    return row.office, normal(row.matter), row.no


def _by_matter(row: Row) -> tuple[str, ...]:
    return row.office, normal(row.matter)


def new_id(office: str, no: str, used: Callable[[str], bool]) -> str:
    """An id never used before in any version: by the row number where it is free, else counting on."""
    number = no.zfill(2) if no.isdecimal() and no.isascii() else "01"
    wanted, n = f"{office.lower()}-{number}", 1
    while used(wanted):
        n += 1
        wanted = f"{office.lower()}-{number}-{n}"
    return wanted
