"""整理时的解读: what the words of a printed cell of proofs say of their logic (附件1).

The printed 清单 has one cell for what may be several proofs. ``read_proofs`` proposes a tree from the
words: numbers, 和, 或, 、, 「…的，提供…」, brackets. Every step that the words do not themselves settle
leaves a note and makes the reading unsure, for a person to confirm; no character of the cell is
dropped in silence.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from gaozhi_cli.domain.catalog import Branch, Group, Node, Proof, leaves
from gaozhi_cli.domain.outline import method_named, numbered
from gaozhi_cli.domain.printed_words import (
    AND,
    BOOK,
    COPY,
    DIGIT,
    EITHER,
    END,
    GIVE,
    OF_ALL,
    OR,
    PERSON,
    bracket_depths,
    clause,
    connectors,
    is_certificate,
    joined,
    loose_clause,
    numbered_parts,
    one_line,
    shared_head,
    shared_tail,
    split_outside,
    stands_alone,
    without_either,
)
from gaozhi_cli.domain.vocabulary import GroupKind, Method

DEEPEST = 6
LONGEST = 4000
QUOTED = re.compile(r"“([^“”]*)”")
SHARED = "核查方式一栏印有一种，各项同用"


class Reading(NamedTuple):
    """A proposed tree; the notes that go with it; ``sure``: the words alone say so."""

    tree: Node
    notes: tuple[str, ...]
    sure: bool


class _Notes:
    """What was understood on the way, and whether any of it was interpretation."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.sure = True

    def told(self, line: str) -> None:
        self.lines.append(line)

    def guess(self, line: str) -> None:
        self.lines.append(line)
        self.sure = False


def read_proofs(proofs: str, method: str, item_id: str) -> Reading:
    """The tree that the words of 证明事项 and 核查方式 propose; ids ``item_id.1`` … in their order."""
    notes = _Notes()
    text = proofs.strip()
    if not text or len(text) > LONGEST:
        notes.guess("证明事项一栏是空的" if not text else "证明事项一栏过长，整段作一项，未拆分")
        tree: Node = Proof("", one_line(text), Method.ONSITE)
    else:
        tree = _read(text, notes, 0)
    tree = _with_methods(tree, method, notes)
    _nothing_lost(text, tree, notes)
    return Reading(numbered(tree, item_id), tuple(notes.lines), notes.sure)


def read_methods(method: str) -> tuple[tuple[Method, ...], tuple[str, ...]]:
    """The 核查方式 a printed cell names, in order, and the words of it that name none."""
    methods, unknown = [], []
    plain = re.sub(rf"[（(]?{DIGIT}[）)、.．]|[①-⑳]", " ", method)
    for word in re.split(r"[\s、，,；;。/／和或]+", plain):
        found = method_named(word) if word else None
        if found:
            methods.append(found)
        elif word:
            unknown.append(word)
    return tuple(methods), tuple(unknown)


# ---- lists and circumstances


def _read(text: str, notes: _Notes, depth: int) -> Node:
    """One cell or part of one."""
    text = text.strip(END)
    if depth >= DEEPEST:
        notes.guess(f"“{one_line(text)}”层次过多，未再拆分")
        return _leaf(text)
    listed = numbered_parts(text)
    if listed:
        return _read_list(*listed, notes, depth)
    lines = _lines(text, notes)
    if len(lines) > 1:
        return _read_lines(lines, notes, depth)
    return _read_line(lines[0], notes, depth)


def _read_list(style: str, intro: str, parts: list[tuple[str, str]], notes: _Notes, depth: int) -> Node:
    """Numbered parts: all are asked, unless they read 「…的，提供…」 or the words say 任选其一."""
    marks = "、".join(f"“{mark}”" for mark, _ in parts)
    words = [part for _, part in parts]
    if len(parts) == 1:
        notes.told(f"编号{marks}只有一项，不入名称")
        return _read(words[0], notes, depth + 1)
    span = f"编号{marks}"
    either = bool(EITHER.search(intro))
    words, tail = without_either(words)
    name = intro.rstrip("：: ") if is_certificate(intro.rstrip("：: ")) and not either else ""
    if intro and not name:
        notes.told(f"编号之前的“{intro}”不入名称")
    if either or tail:
        notes.told(f"{span}按任选其一处理，原文写明“{tail or intro}”")
        if tail and not OF_ALL.search(tail):
            notes.guess(f"“{tail}”理解为就各项而言，不只是就最后一项，原文未明示")
        return _flat(GroupKind.ANY, [_read(word, notes, depth + 1) for word in words])
    clauses = [clause(word) for word in words]
    if all(clauses):
        notes.guess(f"{span}按申请人所属情形择一处理，原文未明示")
        return Group(GroupKind.BY_CIRCUMSTANCE, tuple(_circumstance(word, notes, depth) for word in words))
    if any(clauses):
        notes.guess(f"{span}按均须提交处理；其中有的写明情形，有的没有，请核对是否按情形分")
    else:
        notes.guess(f"{span}按均须提交处理，原文未明示")
    return _flat(GroupKind.ALL, [_read(word, notes, depth + 1) for word in words], one_line(name))


def _lines(text: str, notes: _Notes) -> list[str]:
    """Parts between ；, 。 or line breaks that each end as a document does; else the lines are joined."""
    for separator in (r"[；;。\r\n]+", r"\s+"):
        pieces = [piece.strip(END) for piece in split_outside(text, re.compile(separator))]
        pieces = [piece for piece in pieces if piece]
        if len(pieces) > 1 and all(stands_alone(piece) for piece in pieces):
            return pieces
    if re.search("[；;。]", text):
        notes.guess(f"“{one_line(text)}”内的分号或句号未作拆分")
    return [one_line(text)]


def _read_lines(lines: list[str], notes: _Notes, depth: int) -> Node:
    told = "、".join(f"“{one_line(line)}”" for line in lines)
    if all(clause(line) for line in lines):
        notes.guess(f"{told}按申请人所属情形择一处理，原文未明示")
        return Group(GroupKind.BY_CIRCUMSTANCE, tuple(_circumstance(line, notes, depth) for line in lines))
    notes.guess(f"分行、分号或空格隔开的{told}按均须提交处理，原文未明示")
    return _flat(GroupKind.ALL, [_read(line, notes, depth + 1) for line in lines])


def _circumstance(text: str, notes: _Notes, depth: int) -> Branch:
    """One circumstance; two of them in one part (；) stay one branch that divides again."""
    inner = [piece.strip(END) for piece in split_outside(text, re.compile(r"[；;。\n]+"))]
    inner = [piece for piece in inner if piece]
    if len(inner) > 1 and all(loose_clause(piece) for piece in inner):
        branches = [_one_circumstance(piece, notes, depth) for piece in inner]
        when = "；".join(branch.when for branch in branches)
        notes.guess(f"“{when}”印在一项之内，仍作一个分支，内分 {len(branches)} 种")
        return Branch(when, Group(GroupKind.BY_CIRCUMSTANCE, tuple(branches)))
    return _one_circumstance(text, notes, depth)


def _one_circumstance(text: str, notes: _Notes, depth: int) -> Branch:
    found = loose_clause(text)
    assert found is not None
    when = one_line(found.group("when").strip(END))
    dropped = (found.group("of") or "") + found.group("give").strip()
    notes.told(f"“{when}”之后的“{dropped}”不入名称")
    return Branch(when, _read(found.group("what"), notes, depth + 1))


# ---- words that join


def _read_line(text: str, notes: _Notes, depth: int) -> Node:
    """A part without numbers, lines or semicolons."""
    special = _exception(text, notes, depth)
    if special:
        return special
    if clause(text):
        notes.guess(f"“{one_line(text)}”写有情形而只有一种，整句照录为证明名称，未拆分")
        return _leaf(text)
    alternatives = joined(text, OR)
    if len(alternatives) > 1:
        return _either(text, alternatives, notes, depth)
    together = joined(text, AND)
    if len(together) > 1:
        joins = connectors(text, together)
        notes.guess(f"{joins}连接的 {len(together)} 项按均须提交处理，原文未明示")
        return _flat(GroupKind.ALL, [_read(part, notes, depth + 1) for part in together])
    return _forms(text, notes)


def _exception(text: str, notes: _Notes, depth: int) -> Node | None:
    """「…（在校生提供…即可）」: that circumstance, and all others."""
    found = re.fullmatch(r"(.+)[（(]([^（）()]*)[）)]", text, re.DOTALL)
    if not found:
        return None
    within = re.fullmatch(rf"(.+?)(的)?[，,]?\s*((?:只|仅)?{GIVE})(.+?)(即可|也可|均可)", found.group(2))
    if not within or not is_certificate(within.group(4)):
        return None
    when = within.group(1).strip()
    subject = BOOK.match(found.group(1))
    who = subject.group(1) if subject and PERSON.fullmatch(subject.group(1)) else ""
    others = f"其他{who}（非{when}）"
    dropped = "”“".join(filter(None, (within.group(2), within.group(3), within.group(5))))
    notes.guess(
        f"按是否{when}分情形处理，“{others}”是整理时补写的情形名称，原文的“{dropped}”不入名称，原文未明示"
    )
    usual = _read(found.group(1), notes, depth + 1)
    return Group(GroupKind.BY_CIRCUMSTANCE, (Branch(others, usual), Branch(when, _leaf(within.group(4)))))


def _either(text: str, parts: list[str], notes: _Notes, depth: int) -> Node:
    """Alternatives. Head (安置人员) and tail (复印件) that stand once may belong to each."""
    joins = connectors(text, parts)
    notes.told(f"{joins}连接的 {len(parts)} 项按任一即可处理")
    spread: list[str] = []
    for part in parts:
        before = joined(part, AND)
        if len(before) > 1:  # A、B或C
            notes.guess(f"{connectors(part, before)}连接的各项与“或”之后的一项一并按任一即可处理，原文未明示")
        spread += before
    named = _shared(spread, notes)
    return _flat(GroupKind.ANY, [_read(name, notes, depth + 1) for name in named])


def _shared(parts: list[str], notes: _Notes) -> list[str]:
    """Names of alternatives with the head and the tail that the first or last one carries for all."""
    head, tail = shared_head(parts), shared_tail(parts)
    if head or tail:
        both = "".join(f"“{word}”" for word in (head, tail) if word)
        notes.guess(f"{both}理解为各项同用，原文未明示")
    elif "的" in parts[0] and not any("的" in part for part in parts[1:]):
        modifier = parts[0][: parts[0].rindex("的") + 1]
        notes.guess(f"“{modifier}”只理解为修饰{parts[0][len(modifier) :]}，原文未明示")
    named = [parts[0], *(head + part for part in parts[1:])]
    return [part if part.endswith(tail) else part + tail for part in named]


# ---- brackets after a name


def _forms(text: str, notes: _Notes) -> Node:
    """A name with （或…） or （…、…） after it: one of several documents or forms."""
    for found in re.finditer(r"[（(]([^（）()]*)[）)]", text):
        head, inner, tail = text[: found.start()], found.group(1).strip(), text[found.end() :]
        if OR.match(inner) and head and (not tail or COPY.fullmatch(tail)):
            other = inner[OR.match(inner).end() :]  # type: ignore[union-attr]
            notes.told(f"括号内“{inner[: len(inner) - len(other)]}”按任一即可处理")
            others = joined(other, OR)
            parts = [head, *others[:-1], others[-1] + tail]
            return _flat(GroupKind.ANY, [_leaf(name) for name in _shared(parts, notes)])
        if not tail and head and is_certificate(head):
            forms = [part for piece in joined(inner, OR) for part in joined(piece, AND)]
            joins = connectors(inner, forms) if len(forms) > 1 else ""
            if not joins or any(word in joins for word in ("和", "及", "并")):
                continue
            told = f"括号内“{inner}”按{one_line(head)}的 {len(forms)} 种形式、任一即可处理"
            if "或" in joins:
                notes.told(f"{told}，{joins}不入名称")
            else:
                notes.guess(f"{told}，原文用{joins}，未写“或”，原文未明示")
            name = one_line(head)
            return Group(GroupKind.ANY, tuple(_leaf(f"{name}（{form}）") for form in forms), name)
    depths = bracket_depths(text)
    for connector in (OR, AND):
        for found in connector.finditer(text):
            left, right = text[: found.start()].strip(), text[found.end() :].strip()
            if not depths[found.start()] and is_certificate(left) and right and not COPY.fullmatch(right):
                notes.guess(f"“{one_line(text)}”的“{found.group()}”未再拆分")
    return _leaf(text)


# ---- methods, and what is left


def _with_methods(tree: Node, method: str, notes: _Notes) -> Node:
    """Each proof's 核查方式: one for all, or several in the order of the proofs."""
    methods, unknown = read_methods(method)
    if unknown:
        notes.guess(f"核查方式“{'、'.join(unknown)}”不认识")
    if not methods:
        notes.guess("核查方式一栏没有认得的方式，暂按现场核查，请改正")
        methods = (Method.ONSITE,)
    every = len(tuple(leaves(tree)))
    parts = tree.nodes if isinstance(tree, Group) else (tree,)
    if len(methods) == 1:
        given = [methods[0]] * every
        if every > 1:
            notes.told(SHARED)
    elif len(methods) == every:
        given = list(methods)
        names = [leaf.proof.name for leaf in leaves(tree)]
        pairs = "、".join(f"{name}{way.label}" for name, way in zip(names, methods, strict=True))
        notes.guess(f"核查方式一栏印有 {every} 种，按先后顺序对应，即{pairs}，原文未明示")
    elif len(methods) == len(parts):
        given = [way for way, part in zip(methods, parts, strict=True) for _ in leaves(part)]
        notes.guess(f"核查方式一栏印有 {len(methods)} 种，按先后顺序与 {len(parts)} 部分证明对应，原文未明示")
    else:
        given = [methods[0]] * every
        told = "、".join(way.label for way in methods)
        notes.guess(f"核查方式一栏印有{told}，与 {every} 项证明对不上，暂都按{methods[0].label}，请逐项改正")
    return _dealt(tree, iter(given))


def _dealt(node: Node, methods: Iterator[Method]) -> Node:
    if isinstance(node, Proof):
        return node._replace(method=next(methods))
    if isinstance(node, Branch):
        return node._replace(node=_dealt(node.node, methods))
    return node._replace(nodes=tuple(_dealt(child, methods) for child in node.nodes))


def _nothing_lost(text: str, tree: Node, notes: _Notes) -> None:
    """A last look: letters of the cell that neither a name, a circumstance nor a note holds are told."""
    kept = Counter("".join(_words(tree)) + "".join("".join(QUOTED.findall(line)) for line in notes.lines))
    lost = Counter(c for c in text if c.isalnum()) - kept
    if lost:
        notes.guess(f"原文为“{one_line(text)}”，其中有字未写入名称，请核对")


def _words(node: Node) -> Iterator[str]:
    if isinstance(node, Proof):
        yield node.name
    elif isinstance(node, Branch):
        yield node.when
        yield from _words(node.node)
    else:
        yield node.name
        for child in node.nodes:
            yield from _words(child)


def _leaf(text: str) -> Proof:
    return Proof("", one_line(text.strip(END)) or one_line(text), Method.ONSITE)


def _flat(kind: GroupKind, nodes: list[Node], name: str = "") -> Node:
    """A group; one node stands alone, an unnamed group of the same kind inside is one with it."""
    flat: list[Node] = []
    for node in nodes:
        same = isinstance(node, Group) and node.kind is kind and not node.name
        flat += node.nodes if same and isinstance(node, Group) else (node,)
    return flat[0] if len(flat) == 1 and not name else Group(kind, tuple(flat), name)
