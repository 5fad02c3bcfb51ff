"""导入清单, the proofs of a row: as typed, as confirmed before, or as the printed words are read anew."""

from __future__ import annotations

from itertools import count
from typing import Any

from gaozhi_cli.domain.catalog import Branch, Item, Node, Proof, leaves
from gaozhi_cli.domain.cells import printed_cells
from gaozhi_cli.domain.importing.values import Known, TableRow, Where
from gaozhi_cli.domain.outline import outline, parse_outline
from gaozhi_cli.domain.reading import read_methods, read_proofs
from gaozhi_cli.domain.versions import COLUMNS, normal


def tree_of(
    row: TableRow, id_: str, before: Item | None, known: Known, where: Where
) -> tuple[Node, tuple[str, ...], bool]:
    """The proof tree: as 证明结构 gives it, as confirmed before for the same words, else as read anew."""
    same_words = before is not None and _words(row.proofs, row.method) == _words(
        *printed_cells(before, known.base)[3:]
    )
    given, faults = parse_outline(row.extra["tree"]) if row.extra.get("tree") else (None, [])
    for fault in faults:
        where.fault("tree", fault)
    if given is not None and (before is None or outline(given) != outline(before.tree)):
        return _given(_with_ids(given, id_, known), row, before, same_words, known, where)
    if before is not None and same_words:
        return before.tree, (before.reading,) if before.reading else (), True
    changed = _other_methods(row, before, known)
    if changed is not None:
        return changed, ("证明的写法没有变，结构照旧，只换了核查方式",), True
    read = read_proofs(row.proofs, row.method, id_)
    if not all(leaf.proof.name for leaf in leaves(read.tree)):  # nothing but punctuation
        first = next(leaf.proof for leaf in leaves(read.tree))
        read = read._replace(tree=first._replace(name=row.proofs), sure=False)
    notes = ("“证明结构”一栏没有随文字改，按新的文字重新解读",) if given is not None else ()
    if not notes and _settled_by_hand(before, known):
        notes = ("以前确认过的结构没有沿用：文字变了，按新的文字重新解读，请核对",)
    return _with_ids(_bare(read.tree), id_, known), (*notes, *read.notes), read.sure and not notes


def _other_methods(row: TableRow, before: Item | None, known: Known) -> Node | None:
    """The tree of before with the 核查方式 that its cell now names, where the proofs' own words stand."""
    if before is None or _plain(row.proofs) != _plain(printed_cells(before, known.base)[3]):
        return None
    methods, unknown = read_methods(row.method)
    proofs = [leaf.proof for leaf in leaves(before.tree)]
    if unknown or not (len(methods) == len(proofs) or len(set(methods)) == 1):
        return None
    following = iter(methods if len(methods) == len(proofs) else methods[:1] * len(proofs))

    def other(node: Node) -> Node:
        if isinstance(node, Proof):
            return node._replace(method=next(following))
        if isinstance(node, Branch):
            return node._replace(node=other(node.node))
        return node._replace(nodes=tuple(other(child) for child in node.nodes))

    return other(before.tree)


def _settled_by_hand(before: Item | None, known: Known) -> bool:
    """Whether the structure of before is not what its own words propose: somebody settled it."""
    if before is None:
        return False
    read = read_proofs(*printed_cells(before, known.base)[3:], before.id)
    return outline(_bare(read.tree)) != outline(_bare(before.tree))


def _plain(text: str) -> str:
    return normal(text).rstrip("。．.；;，,、")


def _bare(node: Node) -> Node:
    """The tree without ids: the reader's own are only provisional."""
    if isinstance(node, Proof):
        return node._replace(id="")
    if isinstance(node, Branch):
        return node._replace(node=_bare(node.node))
    return node._replace(nodes=tuple(_bare(child) for child in node.nodes))


def _words(proofs: str, method: str) -> tuple[str, str]:
    return _plain(proofs), normal(method)


def _given(
    tree: Node, row: TableRow, before: Item | None, same_words: bool, known: Known, where: Where
) -> tuple[Node, tuple[str, ...], bool]:
    """A tree typed into the table: it agrees with the printed columns, and ids stay with their proofs."""
    proofs = [leaf.proof for leaf in leaves(tree)]
    for proof in proofs:
        names = known.proofs.get(proof.id)
        if names is not None and normal(proof.name) not in map(normal, names):
            known_as = sorted(names)[-1]
            told = f"证明代号 {proof.id} 一直是“{known_as}”，不能改作“{proof.name}”；改名的把代号删去"
            where.fault("tree", told)
    methods, _ = read_methods(row.method)
    if {proof.method for proof in proofs} != set(methods):
        where.fault("tree", f"写的核查方式与“{COLUMNS['method']}”一栏不一致，两栏要一起改")
    if same_words and before is not None:
        was = {normal(proof.name) for proof in before.proofs}
        if was != {normal(proof.name) for proof in proofs}:
            where.fault("tree", f"改了证明的名称，“{COLUMNS['proofs']}”一栏也要改")
    return tree, (), True


def _with_ids(tree: Node, id_: str, known: Known) -> Node:
    """Proofs keep the id they had under the same name; no id is ever given to another proof."""
    ours = {proof: names for proof, names in known.proofs.items() if proof.startswith(f"{id_}.")}
    last = [proof.rpartition(".")[2] for proof in ours]
    following = count(max((int(number) for number in last if number.isdecimal()), default=0) + 1)
    taken = {leaf.proof.id for leaf in leaves(tree) if leaf.proof.id.startswith(f"{id_}.")}
    typed = set(taken)

    def given(node: Node) -> Node:
        if isinstance(node, Branch):
            return node._replace(node=given(node.node))
        if not isinstance(node, Proof):
            return node._replace(nodes=tuple(given(child) for child in node.nodes))
        if node.id in typed:
            return node
        before = [
            p for p, names in ours.items() if normal(node.name) in map(normal, names) and p not in taken
        ]
        wanted = before[0] if before else f"{id_}.{next(following)}"
        taken.add(wanted)
        return node._replace(id=wanted)

    return given(tree)


def yaml_node(node: Node) -> dict[str, Any]:
    """A proof tree as the YAML has it (docs/catalog.md: 证明怎样写)."""
    if isinstance(node, Proof):
        return {"id": node.id, "name": node.name, "method": node.method.label}
    if isinstance(node, Branch):
        return {"when": node.when, **yaml_node(node.node)}
    named = {"name": node.name} if node.name else {}
    return named | {node.kind.value.replace(" ", "_"): [yaml_node(child) for child in node.nodes]}
