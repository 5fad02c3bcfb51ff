"""The outline of a proof tree: exact there and back, and faults that name their line."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gaozhi_cli.domain.catalog import Branch, Group, Node, Proof, leaves
from gaozhi_cli.domain.outline import numbered, outline, parse_outline
from gaozhi_cli.domain.vocabulary import GroupKind, Method
from tests.builders import a_catalog

NAMES = st.one_of(
    st.text("甲证1a（）()【】[]：:·-*. 、情形全部", min_size=1, max_size=12).map(str.strip).filter(bool),
    st.sampled_from(["rs-1.2 甲", "· 乙", "- 丙", "情形 甲：", "全部：", "甲【在线核查】", "x-1.1"]),
)
IDS = st.one_of(st.just(""), st.integers(1, 10**6).map("rs-02.{}".format))
PROOFS = st.builds(lambda id_, name, method: Proof(id_, name, method), IDS, NAMES, st.sampled_from(Method))


def groups(children: st.SearchStrategy[Node]) -> st.SearchStrategy[Node]:
    """Groups of any kind over trees, circumstances only where they belong."""
    branches = st.lists(st.builds(Branch, NAMES, children), min_size=1, max_size=3).map(tuple)
    nodes = st.lists(children, min_size=1, max_size=3).map(tuple)
    names = st.one_of(st.just(""), NAMES)
    return st.one_of(
        st.builds(Group, st.sampled_from([GroupKind.ALL, GroupKind.ANY]), nodes, names),
        st.builds(Group, st.just(GroupKind.BY_CIRCUMSTANCE), branches, names),
    )


def different_ids(tree: Node) -> bool:
    """Whether no id stands twice."""
    ids = [leaf.proof.id for leaf in leaves(tree) if leaf.proof.id]
    return len(ids) == len(set(ids))


TREES: st.SearchStrategy[Node] = st.recursive(PROOFS, groups, max_leaves=8).filter(different_ids)


@given(TREES)
def test_any_tree_comes_back(tree: Node) -> None:
    """Structure, names with any brackets, ids and methods."""
    assert parse_outline(outline(tree)) == (tree, [])


@given(TREES, st.sampled_from(["\t", "　", "   ", " \u3000"]), st.sampled_from(["\n", "\r\n"]))
def test_indents_by_hand_come_back_too(tree: Node, step: str, end: str) -> None:
    """Tabs and full-width blanks as indents, Windows line ends, empty lines between."""
    lines = []
    for line in outline(tree).splitlines():
        body = line.lstrip(" ")
        lines += [step * ((len(line) - len(body)) // 2) + body, ""]
    assert parse_outline(end.join(lines)) == (tree, [])


def test_the_shipped_trees_come_back(tmp_path: Path) -> None:
    """All 67 rows, with and without the item's id given."""
    for item in a_catalog(tmp_path).items:
        assert parse_outline(outline(item.tree)) == (item.tree, [])
        assert parse_outline(outline(item.tree), item.id) == (item.tree, [])


def test_an_outline_is_what_a_clerk_reads(tmp_path: Path) -> None:
    """The form in the module's docstring, on row 24."""
    item = a_catalog(tmp_path).item("sb-24")
    assert item is not None
    assert outline(item.tree).splitlines()[:6] == [
        "全部：",
        "  按情形：",
        "    情形 出国(境)定居：",
        "      sb-24.1 出国(境)定居证明【在线核查】",
        "    情形 参保人死亡：",
        "      任选其一：",
    ]


def test_ids_may_be_left_out() -> None:
    """Missing ids are given in order, without taking one that is written."""
    tree, faults = parse_outline("全部:\n - 甲[线上核查]\n • x-1.1 乙【现场】\n 丙【免于核查】", "x-1")
    assert faults == [] and tree is not None
    found = [(leaf.proof.id, leaf.proof.name, leaf.proof.method) for leaf in leaves(tree)]
    assert found == [
        ("x-1.2", "甲", Method.ONLINE),
        ("x-1.1", "乙", Method.ONSITE),
        ("x-1.3", "丙", Method.EXEMPT),
    ]
    assert numbered(tree, "y") == tree
    assert parse_outline("甲", "x-1", Method.ONSITE) == (Proof("x-1.1", "甲", Method.ONSITE), [])
    assert parse_outline("情形（甲）\n", default=Method.ONSITE)[0] == Proof("", "情形（甲）", Method.ONSITE)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "没有内容"),
        ("\n　\n", "没有内容"),
        ("全部：", "第 1 行下面没有内容"),
        ("全部：\n\n  甲【在线核查】\n    乙【在线核查】", "第 4 行比上一行缩进得深"),
        ("甲【在线核查】\n乙【在线核查】", "第 2 行不在任何一层之下"),
        ("按情形：\n  甲【在线核查】", "第 2 行应以 情形 …： 开头"),
        ("全部：\n  情形 甲：\n    乙【在线核查】", "第 2 行是情形，只能写在 按情形： 之下"),
        ("按情形：\n  情形 甲：\n    乙【在线核查】\n    丙【在线核查】", "第 4 行是同一情形的第二项"),
        ("全部：\n    甲【在线核查】\n  乙【在线核查】", "第 3 行的缩进与上面任何一层都不齐"),
        ("甲", "第 1 行缺少核查方式"),
        ("甲【抽查】", "第 1 行的核查方式“抽查”不认识，可用：在线核查、现场核查、免于核查"),
        ("以下都要：\n  甲【在线核查】", "第 1 行看不懂"),
        ("【在线核查】", "第 1 行缺少证明名称"),
        ("全部：\n  x-1.1 甲【在线核查】\n  x-1.1 乙【在线核查】", "证明 x-1.1 写了两次"),
        ("y-1.1 甲【在线核查】", "证明 y-1.1 应以 x-1. 开头"),
        (
            "\n".join(" " * n + "全部：" for n in range(40)) + "\n" + " " * 41 + "甲【在线核查】",
            "层次超过 32 层",
        ),
        ("全部：\n" + "  甲【在线核查】\n" * 5000, "超过 5000 行"),
    ],
)
def test_faults_name_their_line(text: str, said: str) -> None:
    """No tree, and a sentence with the line as the clerk counts it."""
    tree, faults = parse_outline(text, "x-1")
    assert tree is None
    assert any(said in fault for fault in faults), faults


def test_all_faults_are_told_at_once() -> None:
    """Two wrong lines give two sentences."""
    assert len(parse_outline("全部：\n  甲\n  乙【抽查】\n  丙【在线核查】")[1]) == 2


@given(st.text("全部任选其一按情形：【】在线核查甲 \n\t（）", max_size=60))
def test_any_text_is_a_tree_or_faults(text: str) -> None:
    """One or the other, never both, never a traceback."""
    tree, faults = parse_outline(text)
    assert (tree is None) == bool(faults)
