"""Hostile and broken templates: refused in one Chinese sentence, and nothing in them is ever run."""

from __future__ import annotations

import io
import re
import warnings
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.form import FIELDS, PROOF_FIELDS
from gaozhi_cli.domain.problem import DocumentFailed
from gaozhi_cli.rendering.docx_package import open_package
from gaozhi_cli.rendering.docx_template import paragraphs, render
from gaozhi_cli.rendering.letter_docx import open_letter_template
from tests.conftest import ROOT

SHIPPED = (ROOT / "templates" / "commitment_letter.docx").read_bytes()
BODY, FOOTER, HEADER = "word/document.xml", "word/footer1.xml", "word/header1.xml"
CORE, STYLES = "docProps/core.xml", "word/styles.xml"
W = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
POPEN = "{{ cycler.__init__.__globals__.os.popen('touch PWNED').read() }}"
ENGLISH = re.compile(r"\b(error|exception|unexpected|expected|invalid|undefined|unknown|file|zip)\b", re.I)

VALUES = dict.fromkeys((*FIELDS, *PROOF_FIELDS), "某值") | {
    "设定依据": [{"序号": "1", "法规": "示例办法", "条款": "第1条", "原文": "应当提交证明"}],
    "证明内容": ["证明的内容"],
}
Change = Callable[[bytes], bytes]


def rebuilt(
    changes: dict[str, Change] | None = None, added: dict[str, bytes] | None = None, base: bytes = SHIPPED
) -> bytes:
    """The shipped template with some parts rewritten and others added."""
    out = io.BytesIO()
    with (
        warnings.catch_warnings(),
        zipfile.ZipFile(io.BytesIO(base)) as old,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as new,
    ):
        warnings.simplefilter("ignore")  # a duplicate name is what one of the tests wants
        for info in old.infolist():
            data = old.read(info)
            new.writestr(info.filename, (changes or {}).get(info.filename, bytes)(data))
        for name, data in (added or {}).items():
            new.writestr(name, data)
    return out.getvalue()


def swapped(old: str, new: str, part: str = BODY) -> bytes:
    """The shipped template with a text of one part replaced."""

    def change(data: bytes) -> bytes:
        text = data.decode()
        assert old in text
        return text.replace(old, new).encode()

    return rebuilt({part: change})


def in_text(new: str) -> bytes:
    """The shipped template with ``new`` behind 姓名 and its tag."""
    return swapped("{{ 公民姓名 }}", "{{ 公民姓名 }}" + new)


def with_header(text: str) -> bytes:
    """The shipped template with a header of its own, wired as Word wires it."""
    relation = '<Relationship Id="rId9" Type="{0}/header" Target="header1.xml"/></Relationships>'
    namespace = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
    kind = "application/vnd.openxmlformats-officedocument.wordprocessingml.header+xml"
    override = f'<Override PartName="/word/header1.xml" ContentType="{kind}"/></Types>'
    header = f'<w:hdr xmlns:w="{W}"><w:p><w:r><w:t>{text}</w:t></w:r></w:p></w:hdr>'
    return rebuilt(
        {
            "word/_rels/document.xml.rels": lambda d: d.replace(
                b"</Relationships>", relation.format(namespace).encode()
            ),
            "[Content_Types].xml": lambda d: d.replace(b"</Types>", override.encode()),
            BODY: lambda d: re.sub(
                rb"(<w:sectPr[^>]*>)", rb'\1<w:headerReference w:type="default" r:id="rId9"/>', d
            ),
        },
        {HEADER: header.encode()},
    )


def refused(data: bytes) -> str:
    """The sentence with which a template is refused."""
    with pytest.raises(DocumentFailed) as caught:
        render(open_letter_template(data), VALUES)
    message = caught.value.message
    assert re.search("[一-鿿]", message) and not ENGLISH.search(message), message
    return message


@pytest.fixture(autouse=True)
def nothing_is_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):  # type: ignore[no-untyped-def]
    """Each test stands in an empty folder; the file that the hostile tags would touch never appears."""
    monkeypatch.chdir(tmp_path)
    yield
    assert not (tmp_path / "PWNED").exists()


def test_the_shipped_template_is_accepted() -> None:
    """The control: what the other tests break is whole."""
    assert render(open_letter_template(SHIPPED), VALUES).startswith(b"PK")


@pytest.mark.parametrize(
    ("data", "words"),
    [
        (in_text(POPEN), ["cycler.__init__", "姓名：{{ 公民姓名 }}"]),
        (swapped("{{ 文书编号 }}", POPEN, FOOTER), ["cycler.__init__"]),
        (with_header(POPEN), ["cycler.__init__"]),
        (swapped("证明事项告知承诺书", POPEN, CORE), [CORE]),
        (rebuilt(added={"word/footnotes.xml": f"<x>{POPEN}</x>".encode()}), ["word/footnotes.xml"]),
        (rebuilt(added={"docProps/custom.xml": f"<x>{POPEN}</x>".encode()}), ["docProps/custom.xml"]),
    ],
    ids=["body", "footer", "header", "core-title", "footnotes", "custom-properties"],
)
def test_popen_is_refused_wherever_it_stands(data: bytes, words: list[str]) -> None:
    """E4 1: the tag that ran as root with docxtpl's defaults, in every part that holds text."""
    message = refused(data)
    assert all(word in message for word in words), message


@pytest.mark.parametrize(
    "expression",
    [
        "{{ ''.__class__.__mro__[1].__subclasses__() }}",
        "{{ 公民姓名.__class__ }}",
        "{{ 公民姓名.upper() }}",
        "{{ 公民姓名|upper }}",
        "{{ 公民姓名[0] }}",
        "{{ 公民姓名 ~ 公民姓名 }}",
        "{{ 公民姓名 if 公民姓名 }}",
        "{{r 公民姓名 }}",
        "{{p 公民姓名 }}",
        "{{- 公民姓名 -}}",
        "{{ 公民 姓名 }}",
        "{{ }}",
        "{{ 'x'*200000000 }}",
        "{{ range(100000) }}",
        "{{ lipsum(n=100000) }}",
        "{{ 1/0 }}",
        "{{ 'x' }}",
        "{{ namespace(x='x') }}",
        "{% set x = 1 %}",
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% macro m() %}{% endmacro %}",
        "{% raw %}{{ x }}{% endraw %}",
        "{% for 行 in 证明内容 %}{{ 行 }}{% endfor %}",
        "{% if 公民姓名 %}{% endif %}",
        "{# 备注 #}",
    ],
)
def test_anything_but_a_name_is_refused(expression: str) -> None:
    """E4 2 and 3: calls, filters, arithmetic, statements; the paragraph is named, nothing endless begins."""
    assert "姓名：{{ 公民姓名 }}" in refused(in_text(expression))


@pytest.mark.parametrize("loop", ["range(100000)", "证明内容[:1]", "证明内容|sort", "[1, 2]"])
def test_a_loop_over_anything_but_a_list_of_the_form_is_refused(loop: str) -> None:
    """E4 3: the paragraph loop takes the form's lists and nothing else."""
    refused(swapped("{%p for 行 in 证明内容 %}", f"{{%p for 行 in {loop} %}}"))


def test_a_loop_within_a_loop_is_refused() -> None:
    """E4 3: a loop of loops could run for ever."""
    paragraph = "</w:t></w:r></w:p><w:p><w:r><w:t>"
    inner = paragraph.join(["{{ 行 }}", "{%p for x in 证明内容 %}", "{{ x }}", "{%p endfor %}"])
    assert "循环" in refused(swapped("{{ 行 }}", inner))


@pytest.mark.parametrize(
    ("tag", "words"),
    [
        ("{{ 公民姓 }}", ["不认识的填空“公民姓”", "姓名：{{ 公民姓 }}", "缺少填空“公民姓名”"]),
        ("{{ name }}", ["不认识的填空“name”", "姓名：{{ name }}"]),
        ("｛｛公民姓名｝｝", ["｛｛", "姓名：｛｛公民姓名｝｝", "缺少填空“公民姓名”"]),
        ("｛｛ x ｝｝{{ 公民姓名 }}", ["｛｛", "姓名："]),
        ("{{ 公民姓名 }", ["{{", "姓名：{{ 公民姓名 }"]),
        ("{ 公民姓名 }}", ["}}", "姓名：{ 公民姓名 }}"]),
        ("{{ 公民姓名 }}{%", ["{%", "姓名："]),
        ("｛%p endfor %｝{{ 公民姓名 }}", ["｛%", "姓名："]),
    ],
)
def test_a_misspelt_tag_is_named_with_its_paragraph(tag: str, words: list[str]) -> None:
    """E4 5: unknown, misspelt, full-width and half-open tags never stay in a letter."""
    message = refused(swapped("{{ 公民姓名 }}", tag))
    assert all(word in message for word in words), message


def test_an_unknown_key_of_a_row_is_named() -> None:
    """E4 5: the rows of 设定依据 have keys of their own."""
    message = refused(swapped("{{ 依据.原文 }}", "{{ 依据.文号 }}"))
    assert "依据.文号" in message


def test_a_list_of_the_form_is_no_text() -> None:
    """E4 2: 设定依据 in a line of its own would print as Python prints it."""
    assert "设定依据" in refused(in_text("{{ 设定依据 }}"))


@pytest.mark.parametrize("hidden", ["deleted", "comment"])
def test_a_required_field_must_be_seen(hidden: str) -> None:
    """E4 5: a tag in text that a reviewer struck out, or in a comment, prints nothing."""
    body = zipfile.ZipFile(io.BytesIO(SHIPPED)).read(BODY).decode()
    found = re.search(r"<w:r>(?:(?!</w:r>).)*\{\{ 承诺内容 \}\}</w:t></w:r>", body)
    assert found
    struck = '<w:del w:id="1"><w:r><w:delText>{{ 承诺内容 }}</w:delText></w:r></w:del>'
    new = struck if hidden == "deleted" else "<!-- {{ 承诺内容 }} -->"
    assert "承诺内容" in refused(swapped(found[0], new))


def test_an_unclosed_loop_is_named() -> None:
    """E4 5: {%p for %} without its {%p endfor %}."""
    assert "endfor" in refused(swapped("{%p endfor %}", ""))


def test_a_loop_tag_that_shares_its_paragraph_is_named() -> None:
    """E4 5: a loop tag stands alone in its paragraph."""
    assert "多余的话" in refused(swapped("{%p for 行 in 证明内容 %}", "{%p for 行 in 证明内容 %}多余的话"))


REQUIRED = sorted({*FIELDS, *PROOF_FIELDS} - {"投诉举报方式", "设定依据", "证明内容", "文书编号"})


@pytest.mark.parametrize("field", REQUIRED)
def test_a_template_without_a_required_field_is_refused(field: str) -> None:
    """E4 5: what the 规程 asks for cannot be left out of the form; the field is named."""
    assert f"缺少填空“{field}”" in refused(swapped(f"{{{{ {field} }}}}", "______"))


def test_the_complaints_channel_may_be_left_out() -> None:
    """投诉举报方式 is no part of 附件2, so a county may leave it out."""
    assert render(open_letter_template(swapped("{{ 投诉举报方式 }}", "见公告栏")), VALUES)


def test_every_fault_is_told_at_once() -> None:
    """Several faults, one message with all of them, and a problem for each."""

    def change(data: bytes) -> bytes:
        text = data.decode().replace("{{ 公民姓名 }}", "{{ 姓 }}").replace("{{ 单位地址 }}", "{{ 址 }}")
        return text.encode()

    with pytest.raises(DocumentFailed) as caught:
        open_letter_template(rebuilt({BODY: change}))
    told = "".join(problem.message for problem in caught.value.problems)
    assert all(word in told for word in ("“姓”", "“址”", "“公民姓名”", "“单位地址”"))


def test_a_tag_that_word_split_over_runs_still_works() -> None:
    """Word and WPS cut tags into runs with proofing marks between; docxtpl's patching joins them."""
    cut = (
        "{</w:t></w:r><w:r><w:t>{ 公民</w:t></w:r><w:proofErr w:type='spellStart'/>"
        "<w:r><w:t>姓名 }</w:t></w:r><w:r><w:t>}"
    )
    document = render(open_letter_template(swapped("{{ 公民姓名 }}", cut)), VALUES | {"公民姓名": "测试甲"})
    assert "姓名：测试甲" in paragraphs(open_package(document, "文书").part(BODY), "文书")


ENTITY = '<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
LAUGHS = '<!DOCTYPE x [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;">]>'


@pytest.mark.parametrize("part", [BODY, FOOTER, STYLES, CORE])
@pytest.mark.parametrize("declaration", [ENTITY, LAUGHS], ids=["external", "laughs"])
def test_a_doctype_is_refused_in_any_part(part: str, declaration: str) -> None:
    """E4 6: no part of a docx has a DOCTYPE; the part is named."""

    def change(data: bytes) -> bytes:
        head, _, rest = data.decode().partition("?>")
        return f"{head}?>{declaration}{rest}".encode()

    message = refused(rebuilt({part: change}))
    assert "DOCTYPE" in message and part in message


@pytest.mark.parametrize("encoding", ["utf-16", "gb18030"])
@pytest.mark.parametrize("part", [BODY, STYLES])
def test_only_utf_8_is_read(part: str, encoding: str) -> None:
    """E4 6: another encoding would hide a DOCTYPE from a search for its letters."""

    def change(data: bytes) -> bytes:
        head, _, rest = data.decode().partition("?>")
        return f"{head}?>{LAUGHS}{rest}".replace("UTF-8", encoding.upper()).encode(encoding)

    assert part in refused(rebuilt({part: change}))


@pytest.mark.parametrize("size", [11_000_000, 60_000_000], ids=["ratio", "total"])
def test_a_zip_bomb_is_refused_before_it_is_unpacked(size: int) -> None:
    """E4 7: small on disk, huge when opened."""
    out = io.BytesIO(SHIPPED)
    with (
        zipfile.ZipFile(out, "a", zipfile.ZIP_DEFLATED) as archive,
        archive.open("word/media/image1.bin", "w") as part,
    ):
        for _ in range(size // 1_000_000):
            part.write(bytes(1_000_000))
    assert len(out.getvalue()) < 400_000
    assert "压缩炸弹" in refused(out.getvalue())


def test_a_file_of_eleven_megabytes_is_refused() -> None:
    """E4 7: a form is small."""
    assert "10 MB" in refused(SHIPPED + bytes(11 * 1024 * 1024))


@pytest.mark.parametrize("encoding", ["utf-8", "utf-16"])
@pytest.mark.parametrize("mode", ['TargetMode="External"', "TargetMode = '&#69;xternal'"])
def test_an_external_relationship_is_refused(mode: str, encoding: str) -> None:
    """E4 7: an attached template elsewhere would be fetched by whoever opens the letter."""
    kind = "http://schemas.openxmlformats.org/officeDocument/2006/relationships/attachedTemplate"
    relations = (
        '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
        f'<Relationship Id="rId1" Type="{kind}" Target="http://example.invalid/x.dotm" {mode}/>'
        "</Relationships>"
    )
    relations = f'<?xml version="1.0" encoding="{encoding}"?>{relations}'
    message = refused(rebuilt(added={"word/_rels/settings.xml.rels": relations.encode(encoding)}))
    assert "word/_rels/settings.xml.rels" in message
    assert "外部链接" in message or encoding == "utf-16"


@pytest.mark.parametrize(
    "field",
    ["INCLUDETEXT /etc/hostname", 'DDEAUTO "cmd" "/c x"', 'INCLUDEPICTURE "http://example.invalid/x"'],
)
def test_a_field_that_fetches_is_refused(field: str) -> None:
    """E4 7: Word would fetch a file, or start a program, when the letter is opened."""
    field = field.replace('"', "&quot;")
    code = f"</w:t></w:r><w:r><w:instrText>{field}</w:instrText></w:r><w:r><w:t>"
    assert "域" in refused(in_text(code))


@pytest.mark.parametrize("name", ["../outside.xml", "/etc/outside.xml", "word/embeddings/oleObject1.bin"])
def test_a_part_that_does_not_belong_is_refused(name: str) -> None:
    """E4 7: paths that lead outside, files within the file."""
    refused(rebuilt(added={name: b"<x/>"}))


@pytest.mark.parametrize("name", ["word/vbaProject.bin", "word/VBAPROJECT.BIN", "word/vbaData.xml"])
def test_macros_are_refused(name: str) -> None:
    """E4 7: a letter has no macros."""
    assert "宏" in refused(rebuilt(added={name: b"<x/>"}))


def test_two_parts_of_one_name_are_refused() -> None:
    """E4 7: of two parts with one name, who knows which is read."""
    assert "重名" in refused(rebuilt(added={BODY: b"<x/>"}))


@pytest.mark.parametrize(
    "data",
    [
        b"",
        "这不是文档".encode(),
        SHIPPED[:5000],
        SHIPPED[: len(SHIPPED) // 2],
        SHIPPED[:-30],
        SHIPPED[100:],
        b"PK\x05\x06" + bytes(18),
        rebuilt({BODY: lambda _: b""}),
        rebuilt({BODY: lambda d: d[:-20]}),
        rebuilt({BODY: lambda d: d + b"<x/>"}),
        rebuilt({BODY: lambda d: d.replace(b"</w:p>", b"", 1)}),
    ],
    ids=[
        "empty", "text", "truncated", "half", "no-end", "no-head", "empty-zip", "empty-body", "cut-body",
        "two-roots", "unbalanced",
    ],
)  # fmt: skip
def test_a_damaged_file_is_one_sentence(data: bytes) -> None:
    """E4 8: truncated, empty, text, cut XML."""
    message = refused(data)
    assert "损坏" in message or "XML" in message


def test_a_docx_without_a_body_is_damaged() -> None:
    """E4 8: any other zip, such as a spreadsheet."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    assert "损坏" in refused(out.getvalue())


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.integers(0, len(SHIPPED) * 8 - 1))
@example(0)
@example(len(SHIPPED) * 8 - 1)
def test_a_flipped_bit_is_refused_or_harmless(bit: int) -> None:
    """E4 8: a flipped bit is noticed, or the letter still reads as meant; never another exception."""
    damaged = bytearray(SHIPPED)
    damaged[bit // 8] ^= 1 << bit % 8
    try:
        document = render(open_letter_template(bytes(damaged)), VALUES)
    except DocumentFailed as error:
        assert re.search("[一-鿿]", error.message)
    else:
        whole = render(open_letter_template(SHIPPED), VALUES)
        assert open_package(document, "文书").part(BODY) == open_package(whole, "文书").part(BODY)


TAGS = sorted(set(re.findall(r"\{\{ [^{}]+ \}\}", zipfile.ZipFile(io.BytesIO(SHIPPED)).read(BODY).decode())))


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.sampled_from(TAGS), st.integers(0, 30), st.sampled_from("{}%#_.|('｛ 甲x1-"))
def test_a_typing_slip_in_a_tag_never_reaches_a_letter(tag: str, place: int, char: str) -> None:
    """One character typed into a tag: refused, or the tag still means the same; never another exception."""
    place = min(place, len(tag))
    broken = tag[:place] + char + tag[place:]
    try:
        document = render(open_letter_template(swapped(tag, broken)), VALUES)
    except DocumentFailed as error:
        assert re.search("[一-鿿]", error.message)
        return
    written = "\n".join(paragraphs(open_package(document, "文书").part(BODY), "文书"))
    assert not re.search(r"\{\{|\}\}|\{%|%\}", written)


def test_the_template_is_never_changed_by_what_is_filled_in() -> None:
    """Values are values: a value that looks like a tag, markup or XML stays text."""
    name = "{{ 7*7 }}{% for %}</w:t></w:r></w:p><w:p/>&amp;&<>\"'{_{"
    document = render(open_letter_template(SHIPPED), VALUES | {"公民姓名": name})
    assert f"姓名：{name}" in paragraphs(open_package(document, "文书").part(BODY), "文书")


def test_a_missing_value_is_refused() -> None:
    """A field without a value is a fault, never a silent blank."""
    with pytest.raises(DocumentFailed):
        render(open_letter_template(SHIPPED), {k: v for k, v in VALUES.items() if k != "公民姓名"})
