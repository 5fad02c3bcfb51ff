"""YAML as offices may write it: every value is text, every fault has its place (docs/catalog.md 一)."""

from __future__ import annotations

import re
import time
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.problem import BadInput
from gaozhi_cli.storage.home import LARGEST_YAML
from gaozhi_cli.storage.strict_yaml import DEEPEST, Located, load, parse

MANY = settings(deadline=None, max_examples=300, database=None)
FEW = settings(MANY, max_examples=60)
PLACE = re.compile(r"catalog/x\.yaml:(\d+):(\d+) ")


def refused(text: str) -> str:
    """The message that refuses a text; problem and message agree."""
    with pytest.raises(BadInput) as caught:
        parse(text, "catalog/x.yaml")
    (problem,) = caught.value.problems
    assert problem.message == caught.value.message and problem.field in problem.message
    return caught.value.message


@pytest.mark.parametrize(
    "written",
    [
        "0101",
        "12:30",
        "no",
        "yes",
        "true",
        "null",
        "~",
        "是",
        "否",
        "2026-13-01",
        "2026-11-24",
        "410182199001010030",
        "1e3",
        "0x1F",
        "1_000",
        ".inf",
        "=",
        "<<",
        "4.10",
        "是否公开：是",
        "{{ name }}",
        "0371-00000000",
    ],
)
def test_every_value_stays_the_text_that_was_written(written: str) -> None:
    """docs/catalog.md 一 2: numbers, dates, times and yes or no are read as text, quoted or not."""
    quoted = f'"{written}"'
    plain = quoted if written.startswith(("{", "=")) else written
    found = parse(f"a: {plain}\nb: [{quoted}]\nc: {quoted}\n", "x")
    assert found == {"a": written, "b": [written], "c": written}


def test_keys_stay_text_too_and_an_empty_value_is_an_empty_text() -> None:
    """docs/catalog.md 一 2: a key that looks like a number or a truth value is text."""
    assert parse("1: a\nno: b\n2026-01-01:\n", "x") == {"1": "a", "no": "b", "2026-01-01": ""}


def test_blocks_quotes_and_comments_are_read_as_yaml_reads_them() -> None:
    """docs/catalog.md 一: ordinary YAML otherwise."""
    text = "# 说明\na: |\n  一\n  二\nb: 'it''s'\nc: \"\\u4e00\"\nd: {x: [1, {y: z}]} # 注\n"
    assert parse(text, "x") == {"a": "一\n二\n", "b": "it's", "c": "一", "d": {"x": ["1", {"y": "z"}]}}


def test_every_key_knows_its_place() -> None:
    """docs/catalog.md 一 5: faults found later still name file, line and column."""
    found = parse("a: 1\nb:\n  - c: 2\n    d: 3\n", "catalog/x.yaml")
    (inner,) = found["b"]
    assert isinstance(inner, Located)
    assert (found.where(), found.where("b")) == ("catalog/x.yaml:1:1", "catalog/x.yaml:2:1")
    assert (inner.where(), inner.where("d")) == ("catalog/x.yaml:3:5", "catalog/x.yaml:4:5")
    assert inner.where("nothing") == inner.where()


@pytest.mark.parametrize(
    ("text", "place", "said"),
    [
        ("a: &x 1\n", "1:4", "锚点"),
        ("a: 1\nb: *x\n", "2:4", "别名"),
        ("a: &x [*x]\n", "1:4", "锚点"),
        ("a: &x\n  b: 1\nc:\n  <<: *x\n", "1:4", "锚点"),
        ("&k a: 1\n", "1:1", "锚点"),
        ("a: !!python/object:os.system 1\n", "1:4", "类型标记"),
        ("a: !!int 1\n", "1:4", "类型标记"),
        ("a: ! 1\n", "1:4", "类型标记"),
        ("a: !x [1]\n", "1:4", "类型标记"),
        ("a: 1\nb: !!map {c: 1}\n", "2:4", "类型标记"),
        ("a: 1\nb: 2\na: 3\n", "3:1", "键“a”重复"),
        ("x:\n  - {a: 1, b: 2, a: 3}\n", "2:18", "键“a”重复"),
        ('a: 1\n"a": 2\n', "2:1", "重复"),
        ("a: 1\n---\nb: 2\n", "2:1", "只能有一份文档"),
        ("---\na: 1\n---\n", "3:1", "只能有一份文档"),
        ("", "1:1", "键: 值"),
        ("# 只有注释\n", "1:1", "键: 值"),
        ("- a\n", "1:1", "键: 值"),
        ("一句话\n", "1:1", "键: 值"),
        ("? [a]\n: 1\n", "1:3", "键必须是文字"),
        ("x: {{a: 1}: 2}\n", "1:5", "键必须是文字"),
        ("a:\n\tb: 1\n", "2:1", "YAML 写法有误"),
        ("a: [1, 2\n", "2:1", "YAML 写法有误"),
        ("a: 'x\n", "2:1", "YAML 写法有误"),
        ("a: 1\n b: 2\n", "2:3", "YAML 写法有误"),
        ("a: @x\n", "1:4", "YAML 写法有误"),
        ('a: "\\ud800"\n', "1:7", "YAML 写法有误"),
        ("%YAML 9.9.9\n---\na: 1\n", "1:10", "YAML 写法有误"),
    ],
)
def test_what_is_not_allowed_is_refused_at_its_place(text: str, place: str, said: str) -> None:
    """docs/catalog.md 一 5: anchors, aliases, tags, repeated keys, second documents, broken YAML."""
    message = refused(text)
    assert message.startswith(f"catalog/x.yaml:{place} ") and said in message


@pytest.mark.parametrize("opening", ["[", "{a: ", "- ", "? ", "[[{a: "])
def test_a_hundred_thousand_brackets_are_refused_at_once(opening: str) -> None:
    """Nesting is bounded: no recursion error and no waiting."""
    begun = time.perf_counter()
    message = refused("a: [" + opening * 100_000 if opening != "- " else opening * 100_000)
    assert PLACE.match(message) and (f"嵌套超过 {DEEPEST} 层" in message or "YAML 写法有误" in message)
    assert time.perf_counter() - begun < 5


def test_the_deepest_nesting_allowed_and_one_more() -> None:
    """Nesting is bounded exactly where it is said to be."""
    deep = DEEPEST - 1  # the outermost mapping is a level, too
    parse("a: " + "[" * deep + "]" * deep, "x")
    message = refused("a: " + "[" * (deep + 1) + "]" * (deep + 1))
    assert message == f"catalog/x.yaml:1:{4 + deep} 嵌套超过 {DEEPEST} 层"


def test_an_alias_bomb_does_not_explode() -> None:
    """Billion laughs: refused at the first anchor, before anything grows."""
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 12)]
    assert refused("\n".join(lines)).startswith("catalog/x.yaml:1:5 ")


def written(tmp_path: Path, data: bytes) -> Path:
    """A file with these bytes."""
    path = tmp_path / "x.yaml"
    path.write_bytes(data)
    return path


def test_a_file_too_large_is_refused_by_name(tmp_path: Path) -> None:
    """A file beyond the limit is refused before it is parsed."""
    path = written(tmp_path, b"a: 1\n" + b"#" * LARGEST_YAML)
    with pytest.raises(BadInput, match=r"^catalog/x\.yaml 文件超过 16 MB$"):
        load(path, "catalog/x.yaml")


def test_a_gbk_file_is_refused_with_its_line_and_the_way_out(tmp_path: Path) -> None:
    """docs/catalog.md 一 1: UTF-8 only; a file saved by an old editor is told how to save it."""
    path = written(tmp_path, b"a: 1\nb: " + "荥阳市".encode("gbk") + b"\n")
    with pytest.raises(BadInput, match=r"^catalog/x\.yaml:2.* 不是 UTF-8 编码，请另存为 UTF-8$"):
        load(path, "catalog/x.yaml")


def test_a_utf_16_file_is_refused(tmp_path: Path) -> None:
    """docs/catalog.md 一 1: Windows' "Unicode" is not UTF-8."""
    with pytest.raises(BadInput, match="不是 UTF-8 编码"):
        load(written(tmp_path, "a: 是\n".encode("utf-16")), "catalog/x.yaml")


def test_a_byte_order_mark_and_windows_line_ends_are_read(tmp_path: Path) -> None:
    """docs/catalog.md 一 1: what WPS and Notepad write as UTF-8 is read; the place counts lines alike."""
    found = load(written(tmp_path, b"\xef\xbb\xbf" + "a: 是\r\nb: 否\r\n".encode()), "catalog/x.yaml")
    assert found == {"a": "是", "b": "否"}
    assert found.where("b") == "catalog/x.yaml:2:1"


def test_without_a_name_the_files_own_is_shown_and_never_its_folder(tmp_path: Path) -> None:
    """Messages name the file as the clerk knows it, not where the machine keeps it."""
    with pytest.raises(BadInput) as caught:
        load(written(tmp_path, b"- a\n"))
    assert caught.value.message.startswith("x.yaml:1:1 ")


@pytest.mark.parametrize("char", ["\x00", "\x07", "\x1b", "\x7f", "\ufffe", "\uffff"])
def test_characters_that_yaml_does_not_allow_are_named(tmp_path: Path, char: str) -> None:
    """A NUL or control character in a file is refused by its code point, never shown raw."""
    path = written(tmp_path, f"a: 1\nb: x{char}y\n".encode())
    with pytest.raises(BadInput) as caught:
        load(path, "catalog/x.yaml")
    assert caught.value.message.startswith("catalog/x.yaml")
    assert f"U+{ord(char):04X}" in caught.value.message and char not in caught.value.message


def test_what_is_no_file_is_refused(tmp_path: Path) -> None:
    """A folder with the name of a file is told, not read."""
    (tmp_path / "x.yaml").mkdir()
    with pytest.raises(BadInput, match=r"^catalog/x\.yaml 不是普通文件$"):
        load(tmp_path / "x.yaml", "catalog/x.yaml")


PRINTABLE = st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Cn"))
YAMLISH = st.text(st.one_of(st.sampled_from("ab:-{}[],&*!|>'\"%@`#? \n.~=\\中是"), PRINTABLE), max_size=60)
WHOLE = st.recursive(
    st.text(st.characters(codec="utf-8", categories=("L", "N")), max_size=6),
    lambda inner: st.one_of(
        st.lists(inner, max_size=3), st.dictionaries(st.text("abc中1", min_size=1), inner, max_size=3)
    ),
    max_leaves=6,
)


def only_text(value: object) -> bool:
    """Whether a value is made of texts, lists and mappings alone."""
    if isinstance(value, dict):
        return all(isinstance(key, str) and only_text(inner) for key, inner in value.items())
    return all(map(only_text, value)) if isinstance(value, list) else isinstance(value, str)


@MANY
@given(YAMLISH)
def test_any_text_gives_texts_or_a_fault_with_its_place(text: str) -> None:
    """Nothing but BadInput is ever raised, and it always says where."""
    try:
        found = parse(text, "catalog/x.yaml")
    except BadInput as error:
        assert PLACE.match(error.message), error.message
    else:
        assert isinstance(found, Located) and only_text(found)


@MANY
@given(st.one_of(st.text(max_size=40), YAMLISH.flatmap(lambda t: st.text().map(lambda u: t + u))))
def test_any_text_with_any_character_gives_texts_or_a_fault(text: str) -> None:
    """Control characters included: nothing but BadInput is ever raised, and it names the file."""
    try:
        found = parse(text, "catalog/x.yaml")
    except BadInput as error:
        assert error.message.startswith("catalog/x.yaml")
    else:
        assert isinstance(found, Located) and only_text(found)


@FEW
@given(st.binary(max_size=60))
def test_any_bytes_in_a_file_give_texts_or_a_fault(
    tmp_path_factory: pytest.TempPathFactory, data: bytes
) -> None:
    """Whatever a file holds, reading it raises nothing but BadInput."""
    path = written(tmp_path_factory.getbasetemp(), data)
    try:
        assert only_text(load(path, "catalog/x.yaml"))
    except BadInput as error:
        assert error.message.startswith("catalog/x.yaml")


@FEW
@given(st.dictionaries(st.text("abc中1", min_size=1), WHOLE))
def test_what_is_written_plainly_is_read_back(tree: dict[str, object]) -> None:
    """Quoted texts in flow style come back as they were, nested as they were."""

    def flow(value: object) -> str:
        if isinstance(value, dict):
            return "{" + ", ".join(f'"{key}": {flow(inner)}' for key, inner in value.items()) + "}"
        if isinstance(value, list):
            return "[" + ", ".join(map(flow, value)) + "]"
        return f'"{value}"'

    assert parse(flow(tree), "x") == tree
