"""办事指南的告知承诺部分 of an item (通知五（一）：修改完善涉及政务服务事项的办事指南；规程五（六）).

What the notice and the form say is quoted word for word with its clause; what the office decides comes
from the 清单 with its source; what the office has not filled in says so and is listed. Nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.catalog import Basis, Branch, Catalog, Item, Node, Proof
from gaozhi_cli.domain.check_plan import counted
from gaozhi_cli.domain.materials import materials_on
from gaozhi_cli.domain.planning import plan_for
from gaozhi_cli.domain.problem import Problem
from gaozhi_cli.domain.readiness import contact_of, missing
from gaozhi_cli.domain.vocabulary import GroupKind, Method

UNFILLED = "（本机关尚未填写）"
NO_BASIS = "（本机关尚未填写设定依据；没有法律法规或者国务院决定要求的，不应要求提交，通知五（二））"

# The words of the notice and its form, with their clauses.
MECHANISM = (
    "申请人书面承诺已经符合告知的相关要求并愿意承担不实承诺的法律责任，"
    "行政机关不再索要有关证明并依据书面承诺办理相关行政事项",
    "通知四",
)
WRITTEN = (
    "本证明事项采用书面承诺方式。申请人愿意作出承诺的，应当向行政机关提交签章后的告知承诺书原件。",
    "附件2 二（五）",
)
BY_APPLICANT = ("本证明事项必须由申请人作出承诺，不可代为承诺。", "附件2 二（五）")
BY_AGENT = (
    "本证明事项可以代为承诺。由委托代理人代替申请人作出承诺的，委托代理人应当一并提交申请人的特别授权书。",
    "附件2 二（五）",
)
AUTHORISED = ("证明事项依法可以代为承诺的，代为承诺人应当获得申请人的特别授权。", "通知五（二）")
CHOICE = (
    "对实行告知承诺制的证明事项，申请人可自主选择是否采用告知承诺制方式办理。"
    "申请人不愿承诺或者无法承诺的，应当提交法律法规或者国务院决定要求的证明。",
    "通知五（二）",
)
ORDINARY = (
    "申请人不选择告知承诺方式或不符合证明事项告知承诺的，"
    "行政机关应当按照法律、法规和规章的有关规定，按程序办理行政事项。",
    "规程四（二）",
)
CHECKING = (
    "行政机关对申请人作出的承诺将根据不同情形，运用多种方式进行事中事后核查。",
    "附件2 二（六）",
)
SUPERVISED = (
    "对免于核查的事项，行政机关要综合运用“双随机、一公开”监管、重点监管、“互联网+监管”、"
    "智慧监管等方式实施日常监管，不得对通过告知承诺制方式办理的企业和群众采取歧视性监管措施。",
    "通知五（三）",
)
SITE = ("如需现场核查的，请写明现场地址", "附件2 三（二）")
LIABILITY = (
    "对在日常监管或者核查中发现承诺不实的，行政机关将依法终止办理、责令限期整改、撤销行政决定"
    "或者予以行政处罚，并纳入信用记录。涉嫌犯罪的，依法移送司法机关。",
    "附件2 二（七）",
)
BARRED = (
    "申请人有较严重的不良信用记录或者存在曾作出虚假承诺等情形的，在信用修复前不适用告知承诺制。",
    "通知五（二）",
)
REASONS = ("对不符合证明事项告知承诺的，书面告知当事人并说明理由。", "规程四（一）")
WITHDRAWAL = (
    "在行政事项办结前，申请人有合理理由的，可以撤回承诺申请，撤回后应当按原程序办理。",
    "通知五（六）",
)
PUBLIC = (
    "对涉及社会公共利益、第三人利益或者核查难度较大的证明事项，行政机关要根据政府信息公开等规定，"
    "在不涉及国家秘密、商业秘密和个人隐私的前提下，通过相关服务场所、网站和政务服务平台等"
    "向社会公开告知承诺书，公布投诉举报方式，接受社会监督。",
    "通知五（六）",
)
NOT_PUBLIC = ("本承诺书不予公开。", "附件2 二（八）")
ABBREVIATED = (
    "文中“通知”指荥法治政府组办〔2021〕18号，“附件2”指其附件2（告知承诺书参考样式），"
    "“规程”指其附件3（工作规程）。"
)
QUOTED = (
    MECHANISM, WRITTEN, BY_APPLICANT, BY_AGENT, AUTHORISED, CHOICE, ORDINARY, CHECKING, SUPERVISED, SITE,
    LIABILITY, BARRED, REASONS, WITHDRAWAL, PUBLIC, NOT_PUBLIC,
)  # fmt: skip

Value = str | list[str] | list[dict[str, str]]

# What a template may use; the rows of 证明 and 核查 have columns, those of the other lists are text.
FIELDS = (
    "行政事项名称", "事项编码", "承办单位", "办理渠道", "联系人", "联系方式", "投诉举报方式",
    "清单版本", "编制日期", "证明要求", "证明", "整理说明", "设定依据", "证明内容", "承诺方式", "自主选择",
    "须提交的证明", "核查", "核查说明", "不实责任", "不适用情形", "撤回", "是否公开", "引文说明",
    "其他材料",
)  # fmt: skip
PROOF_FIELDS = ("序号", "名称", "要求", "核查方式", "开具单位")
CHECK_FIELDS = ("序号", "名称", "方式", "期限", "标准")
REQUIRED = frozenset(FIELDS) - {"整理说明", "编制日期", "其他材料"}  # a county's older template stays good


class Guide(NamedTuple):
    """The values of the guide under their headings (``FIELDS``), and what is still to be filled in."""

    values: dict[str, Value]
    missing: tuple[Problem, ...]


def guide(item: Item, catalog: Catalog, day: date) -> Guide:
    """The 告知承诺 section of an item's 办事指南 as of ``day`` (通知五（一）, 规程五（六）)."""
    office = catalog.office(item.office)
    contact = contact_of(item, office)
    complaints = [f"{c.channel} {c.value}" for c in catalog.county.complaints]
    head, wanted = required_proofs(item.tree)
    values: dict[str, Value] = {
        "行政事项名称": item.matter,
        "事项编码": item.code or UNFILLED,
        "承办单位": office.name,
        "办理渠道": "、".join(channel.label for channel in item.channels) or UNFILLED,
        "联系人": contact.person or UNFILLED,
        "联系方式": contact.phone or UNFILLED,
        "投诉举报方式": "；".join(complaints) or UNFILLED,
        "清单版本": f"{catalog.title}（{catalog.source}），版本 {catalog.version}，第 {item.no} 项",
        "编制日期": f"{day.year}年{day.month}月{day.day}日",
        "证明要求": _asked(item.tree),
        "证明": _proof_rows(item),
        "整理说明": _reading(item),
        "设定依据": _numbered(_told(item, lambda proof: _bases(proof, item))),
        "证明内容": _numbered(_told(item, lambda proof: proof.content or item.content)),
        "承诺方式": [_quote(MECHANISM), _quote(WRITTEN), *_agent(item)],
        "自主选择": [_quote(CHOICE), _quote(ORDINARY)],
        "须提交的证明": [
            *([head, *_numbered(wanted)] if len(wanted) > 1 else [f"{head}{wanted[0]}"]),
            *_without_basis(item),
        ],
        "核查": _check_rows(item, catalog, day),
        "核查说明": _checking(item),
        "不实责任": _quote(LIABILITY),
        "不适用情形": [_quote(BARRED), _quote(REASONS)],
        "撤回": _quote(WITHDRAWAL),
        "是否公开": _disclosure(item),
        "引文说明": ABBREVIATED,
        "其他材料": _materials(item, day),
    }
    return Guide({field: values[field] for field in FIELDS}, _gaps(item, catalog, day))


def _gaps(item: Item, catalog: Catalog, day: date) -> tuple[Problem, ...]:
    """What stands in the guide as not filled in: for a letter, and 事项编码, 渠道, 公开时限 besides."""
    gaps = missing(item, catalog, day)
    if not item.code:
        gaps.append(Problem("code", "未填事项编码", "规程一", "code"))
    if not item.channels:
        gaps.append(Problem("channels", "未填办理渠道（线上、线下）", "通知五（一）", "channels"))
    if item.disclosure is not None and item.disclosure.yes and not item.disclosure.period:
        gaps.append(Problem("disclosure_period", "已定公开而未填公开时限", "附件2 二（八）", "disclosure"))
    return tuple({gap.code: gap for gap in reversed(gaps)}.values())[::-1]


def _quote(words: tuple[str, str]) -> str:
    """Words of the notice with their clause."""
    text, clause = words
    return f"{text}（{clause}）"


def _sourced(text: str, source: str) -> str:
    return f"{text}（出处：{source}）" if source else text


def _numbered(lines: Sequence[str]) -> list[str]:
    return [f"（{n}）{line}" for n, line in enumerate(lines, start=1)] if len(lines) > 1 else list(lines)


def required_proofs(tree: Node) -> tuple[str, list[str]]:
    """How the proofs combine, and what to bring, one line for each part (通知五（二）：应当提交…证明)."""
    if isinstance(tree, Proof):
        return "应当提交：", [tree.name]
    if isinstance(tree, Branch):
        return "按所属情形提交：", [_inline(tree)]
    heads = {
        GroupKind.ALL: "下列证明均须提交：",
        GroupKind.ANY: "下列证明任选其一提交：",
        GroupKind.BY_CIRCUMSTANCE: "按所属情形提交：",
    }
    return heads[tree.kind], [_inline(node) for node in tree.nodes]


def _materials(item: Item, day: date) -> list[str]:
    """What to bring besides the proofs, on either way: the county's own list with its sources."""
    told = [_sourced(one.name, one.source) for one in materials_on(item.materials, day)] or [UNFILLED]
    head = "无论是否采用告知承诺制，另须提交："
    return [head, *_numbered(told)] if len(told) > 1 else [f"{head}{told[0]}"]


def _without_basis(item: Item) -> list[str]:
    """A reminder where 依据 is not filled in: only what law asks for may be asked for (通知五（二）)."""
    bare = [proof.name for proof in item.proofs if not (proof.basis or item.basis)]
    if not bare:
        return []
    which = "" if len(bare) == len(item.proofs) else f"（{'；'.join(bare)}）"
    return [f"{NO_BASIS}{which}"]


def _asked(tree: Node) -> str:
    """How the proofs combine, above their list."""
    if isinstance(tree, Proof):
        return "本事项要求下列证明："
    if isinstance(tree, Branch) or tree.kind is GroupKind.BY_CIRCUMSTANCE:
        return "本事项按申请人所属情形要求下列证明："
    if tree.kind is GroupKind.ANY:
        return "本事项要求下列证明之一："
    mixed = any(not isinstance(node, Proof) for node in tree.nodes)
    return "本事项要求下列证明，各项的要求分别写明：" if mixed else "本事项要求下列全部证明："


def _inline(node: Node) -> str:
    """A part of the tree in one line; 【】 marks a circumstance, as in the listings."""
    if isinstance(node, Proof):
        return node.name
    if isinstance(node, Branch):
        return f"【{node.when}】{_inline(node.node)}"
    parts = [_inline(child) for child in node.nodes]
    name = f"{node.name}：" if node.name else ""
    if node.kind is GroupKind.ANY:
        return f"{name}{'，或者'.join(parts)}（任选其一）"
    if node.kind is GroupKind.ALL:
        return f"{name}{'，以及'.join(parts)}（均须提交）"
    return f"{name}按情形：{'；'.join(parts)}"


def _placed(
    node: Node, when: tuple[str, ...] = (), choice: bool = False
) -> Iterator[tuple[Proof, tuple[str, ...], bool]]:
    """Each proof with the circumstances that lead to it, and whether it is one of several to choose."""
    if isinstance(node, Proof):
        yield node, when, choice
    elif isinstance(node, Branch):
        yield from _placed(node.node, (*when, node.when), choice)
    else:
        for child in node.nodes:
            yield from _placed(child, when, choice or node.kind is GroupKind.ANY)


def _proof_rows(item: Item) -> list[dict[str, str]]:
    """可以采用告知承诺制的证明: each with its circumstance, 核查方式 and 开具单位 (通知四)."""
    rows = []
    for n, (proof, when, choice) in enumerate(_placed(item.tree), start=1):
        need = "任选其一" if choice else "必备"
        if when:
            need = f"属于{'中'.join(f'“{one}”' for one in when)}的，{need}"
        if proof.assessment is not None and proof.assessment.excluded:
            need += f"；经评估属于{proof.assessment.area}，不适用告知承诺制，须提交证明（通知四）"
        issuer = _sourced(proof.issuer, proof.issuer_source) if proof.issuer else UNFILLED
        cells = (str(n), proof.name, need, proof.method.label, issuer)
        rows.append(dict(zip(PROOF_FIELDS, cells, strict=True)))
    return rows


def _reading(item: Item) -> list[str]:
    """The printed words, and how they were read where that needed a reading."""
    if not item.reading:
        return []
    printed = [f"清单原文：{item.printed.proofs}"] if item.printed else []
    return [*printed, f"整理时的解读：{item.reading}"]


def _bases(proof: Proof, item: Item) -> tuple[str, ...]:
    return tuple(_basis(basis) for basis in proof.basis or item.basis)


def _basis(basis: Basis) -> str:
    """《法》第…条第…款第…项规定：原文 (附件2 二（三）), with where the text was checked."""
    version = f"（{basis.version}）" if basis.version else ""
    text = basis.text.rstrip("。") or UNFILLED
    return _sourced(f"《{basis.law}》{version}{basis.place}规定：{text}。", basis.source or UNFILLED)


def _told(item: Item, of: Callable[[Proof], tuple[str, ...]]) -> list[str]:
    """What proofs have told of them, each line once; a line that is not of all names whose it is."""
    owners: dict[str, list[str]] = {}
    for proof in item.proofs:
        for line in of(proof) or (UNFILLED,):
            owners.setdefault(line, []).append(proof.name)
    everyone = len(item.proofs)
    unfilled = owners.pop(UNFILLED, None)
    ordered = [*owners.items(), *([(UNFILLED, unfilled)] if unfilled else [])]
    return [
        line if len(names) == everyone else f"{line}（适用于：{'；'.join(dict.fromkeys(names))}）"
        for line, names in ordered
    ]


def _agent(item: Item) -> list[str]:
    """可否代为承诺 (附件2 二（五）, 通知五（二）); not decided = the county's no, named as its default."""
    decision = item.agent
    if decision is None:
        default = "未填写之前，本县不接受代为承诺；这是本县的默认，并非法律规定。"
        return [f"可否代为承诺：{UNFILLED}", default]
    said = [_quote(BY_AGENT), _quote(AUTHORISED)] if decision.yes else [_quote(BY_APPLICANT)]
    said[0] = _sourced(said[0], decision.source)
    if decision.guardian is not None:
        may = "可以" if decision.guardian else "不可以"
        said.append(_sourced(f"法定监护人{may}代为承诺。", decision.source))
    return said


def _check_rows(item: Item, catalog: Catalog, day: date) -> list[dict[str, str]]:
    """核查的方式、期限、标准 of each proof (通知五（三）：明确核查时间、标准、方式以及是否免于核查)."""
    rows = []
    for n, proof in enumerate(item.proofs, start=1):
        plan = plan_for(proof, item, catalog, day)
        exempt = plan.method is Method.EXEMPT
        if exempt:
            time = "不设"
        elif plan.period is None:
            time = UNFILLED
        else:
            time = _sourced(counted(plan), plan.source)
        standard = plan.standard or ("不设" if exempt else UNFILLED)
        cells = (str(n), proof.name, (plan.method or proof.method).label, time, standard)
        rows.append(dict(zip(CHECK_FIELDS, cells, strict=True)))
    return rows


def _checking(item: Item) -> list[str]:
    said = [CHECKING]
    said += [SITE] if Method.ONSITE in item.methods else []
    said += [SUPERVISED] if Method.EXEMPT in item.methods else []
    return [_quote(words) for words in said]


def _disclosure(item: Item) -> list[str]:
    """承诺书是否公开 (附件2 二（八）, 通知五（六）)."""
    decision = item.disclosure
    if decision is None:
        return [UNFILLED]
    if not decision.yes:
        return [_sourced(_quote(NOT_PUBLIC), decision.source)]
    told = f"本承诺书将予公开，公开时限：{decision.period or UNFILLED}。（附件2 二（八））"
    why = "、".join(trigger.label for trigger in item.triggers)
    return [_sourced(told, decision.source), *([f"公开的缘由：{why}。"] if why else []), _quote(PUBLIC)]
