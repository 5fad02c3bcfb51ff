"""A proof tree as an indented outline that a clerk can read and write, and back (附件1).

    全部：
      任选其一（场所使用权证明）：
        rs-02.1 场所使用权证明（租赁协议）【免于核查】
      按情形：
        情形 参保人死亡：
          sb-24.2 医院出具的参保人死亡证明【在线核查】

What ``outline`` writes, ``parse_outline`` reads as the same tree; ids may be left out when writing one.
"""

from __future__ import annotations

import re
from collections import Counter
from typing import NamedTuple

from gaozhi_cli.domain.catalog import Branch, Group, Node, Proof, leaves
from gaozhi_cli.domain.vocabulary import GroupKind, Method, labels, parse_word

STEP = "  "
DEEPEST = 32
MOST_LINES = 5000
ID = re.compile(r"[a-z][a-z0-9-]*\.\d+(?=\s)")
BULLET = re.compile(r"[-*•]\s+")
AS_IS = re.compile(r"·\s+")  # what follows is a name, whatever it looks like
LEAF = re.compile(r"(.*)[【\[]([^【\[\]】]*)[】\]]")
GROUP = re.compile(r"(全部|任选其一|按情形)\s*(?:[（(](.*)[）)]\s*)?[：:]")
BRANCH = re.compile(r"情形[：:]?(.*)[：:]")
PRINTED_METHODS = {"线上核查": Method.ONLINE}
EXAMPLE = "营业执照【在线核查】"


class _Line(NamedTuple):
    number: int
    indent: int
    text: str


class _Open(NamedTuple):
    """A line whose children are still being read: its place, head and children so far."""

    line: _Line
    kind: GroupKind | None  # None: a circumstance
    name: str
    nodes: list[Node]
    indents: list[int]


def method_named(text: str) -> Method | None:
    """核查方式 by a printed word; 线上核查 (附件1 第34至37行) is 在线核查."""
    return PRINTED_METHODS.get(text.strip()) or parse_word(Method, text)


def outline(node: Node, indent: str = "") -> str:
    """The tree as lines: groups and circumstances end with ：, proofs with their 【核查方式】."""
    if isinstance(node, Proof):
        return indent + _leaf_line(node)
    if isinstance(node, Branch):
        return f"{indent}情形 {node.when}：\n{outline(node.node, indent + STEP)}"
    name = f"（{node.name}）" if node.name else ""
    return "\n".join(
        [f"{indent}{node.kind.label}{name}：", *(outline(child, indent + STEP) for child in node.nodes)]
    )


def _leaf_line(proof: Proof) -> str:
    name = " ".join(proof.name.splitlines())
    if proof.id:
        line = f"{proof.id} {name}"
    else:
        line = f"· {name}" if any(p.match(name) for p in (BULLET, AS_IS, ID)) else name
    return f"{line}【{proof.method.label}】"


def numbered(node: Node, item_id: str) -> Node:
    """The tree with an id ``item_id.N`` for every proof that has none, in order, taking none twice."""
    taken = {leaf.proof.id for leaf in leaves(node)}
    free = (f"{item_id}.{n}" for n in range(1, len(taken) + MOST_LINES) if f"{item_id}.{n}" not in taken)

    def number(part: Node) -> Node:
        if isinstance(part, Proof):
            return part if part.id else part._replace(id=next(free))
        if isinstance(part, Branch):
            return part._replace(node=number(part.node))
        return part._replace(nodes=tuple(number(child) for child in part.nodes))

    return number(node)


def parse_outline(
    text: str, item_id: str = "", default: Method | None = None
) -> tuple[Node | None, list[str]]:
    """The tree an outline stands for, or None with every fault, each naming its line.

    ``item_id``: proofs without an id get ``item_id.N``, and ids of other items are faults.
    ``default``: the 核查方式 of proofs that name none.
    """
    lines = _lines(text)
    if not lines:
        return None, ["没有内容，最简单的写法是一行：" + EXAMPLE]
    if len(lines) > MOST_LINES:
        return None, [f"超过 {MOST_LINES} 行，请拆成几个事项"]
    faults: list[str] = []
    roots: list[Node] = []
    stack: list[_Open] = []
    for line, following in zip(lines, [*lines[1:], None], strict=True):
        while stack and line.indent <= stack[-1].line.indent:
            _close(stack, roots, faults)
        _place(line, stack, roots, faults)
        opened = _read_head(line)
        deeper = following is not None and following.indent > line.indent
        if opened is None:
            node = _read_leaf(line, item_id, default, faults)
            if deeper:
                faults.append(_at(following or line, "比上一行缩进得深，而上一行是证明，不能再分"))
            _add(node, stack, roots)
        elif not deeper:
            faults.append(_at(line, "下面没有内容，请在下一行缩进后写证明"))
        elif len(stack) >= DEEPEST:
            return None, [*faults, _at(line, f"层次超过 {DEEPEST} 层")]
        else:
            stack.append(opened)
    while stack:
        _close(stack, roots, faults)
    tree = roots[0] if roots else None
    if tree is None or faults:
        return None, list(dict.fromkeys(faults)) or ["没有读出证明"]
    faults = _id_faults(tree, item_id)
    if faults:
        return None, faults
    return numbered(tree, item_id) if item_id else tree, []


def _lines(text: str) -> list[_Line]:
    """Lines that hold something, with the width of their indent (tab to four, 　 two)."""
    lines = []
    for number, raw in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        body = raw.strip()
        indent = 0
        for character in raw[: len(raw) - len(raw.lstrip())]:
            indent += 4 - indent % 4 if character == "\t" else 2 if character == "\u3000" else 1
        if body:
            lines.append(_Line(number, indent, body))
    return lines


def _at(line: _Line, message: str) -> str:
    return f"第 {line.number} 行{message}"


def _read_head(line: _Line) -> _Open | None:
    """A group or circumstance that this line opens; None: it is a proof."""
    group = GROUP.fullmatch(line.text)
    if group:
        kind = parse_word(GroupKind, group.group(1))
        return _Open(line, kind, (group.group(2) or "").strip(), [], [])
    branch = BRANCH.fullmatch(line.text)
    return _Open(line, None, branch.group(1).strip(), [], []) if branch else None


def _read_leaf(line: _Line, item_id: str, default: Method | None, faults: list[str]) -> Proof:
    match = LEAF.fullmatch(line.text)
    method = method_named(match.group(2)) if match else default
    if method is None:
        known = labels(Method).replace("|", "、")
        if match:
            faults.append(_at(line, f"的核查方式“{match.group(2)}”不认识，可用：{known}"))
        elif line.text.endswith(("：", ":")):
            faults.append(_at(line, "看不懂，以冒号结尾的行应是 全部：、任选其一：、按情形： 或 情形 …："))
        else:
            faults.append(_at(line, f"缺少核查方式，应写作 {EXAMPLE}"))
    text = (match.group(1) if match and method else line.text).strip()
    own, text = _own_id(text, item_id)
    if not text:
        faults.append(_at(line, "缺少证明名称"))
    return Proof(own, text, method or Method.ONSITE)


def _own_id(text: str, item_id: str) -> tuple[str, str]:
    """The id a proof's line begins with, if it has one, and its name."""
    as_is = AS_IS.match(text)
    if as_is:
        return "", text[as_is.end() :]
    bullet = BULLET.match(text)
    text = text[bullet.end() :] if bullet else text
    first = text.split(None, 1)
    if len(first) == 2 and (ID.match(text) or (item_id and first[0].startswith(item_id + "."))):
        return first[0], first[1]
    return "", text


def _place(line: _Line, stack: list[_Open], roots: list[Node], faults: list[str]) -> None:
    """Whether a line may stand where it stands: one root, brothers in line, circumstances in their group."""
    if not stack:
        if roots:
            faults.append(_at(line, "不在任何一层之下，几项都要时请在最上面加一行 全部： 并把下面各行缩进"))
        return
    above = stack[-1]
    if above.indents and line.indent < above.indents[0]:
        faults.append(_at(line, "的缩进与上面任何一层都不齐"))
    above.indents.append(line.indent)
    if above.kind is None and above.nodes:
        faults.append(_at(line, "是同一情形的第二项，请在这一情形之下先写 全部： 或 任选其一："))
    is_branch = bool(BRANCH.fullmatch(line.text)) and not GROUP.fullmatch(line.text)
    if above.kind is GroupKind.BY_CIRCUMSTANCE and not is_branch:
        faults.append(_at(line, "应以 情形 …： 开头，因为它在 按情形： 之下"))
    if above.kind is not GroupKind.BY_CIRCUMSTANCE and is_branch:
        faults.append(_at(line, "是情形，只能写在 按情形： 之下"))


def _add(node: Node, stack: list[_Open], roots: list[Node]) -> None:
    (stack[-1].nodes if stack else roots).append(node)


def _close(stack: list[_Open], roots: list[Node], faults: list[str]) -> None:
    done = stack.pop()
    if not done.nodes:  # only when its lines were at fault
        return
    if done.kind is None:
        _add(Branch(done.name, done.nodes[0]), stack, roots)
    else:
        _add(Group(done.kind, tuple(done.nodes), done.name), stack, roots)


def _id_faults(tree: Node, item_id: str) -> list[str]:
    ids = Counter(leaf.proof.id for leaf in leaves(tree) if leaf.proof.id)
    faults = [f"证明 {id_} 写了两次" for id_, times in ids.items() if times > 1]
    if item_id:
        faults += [
            f"证明 {id_} 应以 {item_id}. 开头，或者不写" for id_ in ids if not id_.startswith(item_id + ".")
        ]
    return faults
