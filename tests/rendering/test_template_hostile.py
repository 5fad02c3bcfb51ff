"""Hostile templates beyond ``test_docx_template``: archives that lie, documents that fetch or hide, XML made
for hanging. Each is refused in one Chinese sentence, soon, and nothing in it is ever run (ECOSYSTEM E4)."""

from __future__ import annotations

import io
import re
import struct
import subprocess
import sys
import time
import zipfile

import pytest

from gaozhi_cli.domain.problem import DocumentFailed
from gaozhi_cli.rendering.docx_package import TEMPLATE, open_package
from gaozhi_cli.rendering.docx_template import render
from gaozhi_cli.rendering.letter_docx import FORM, open_letter_template
from gaozhi_cli.rendering.template_kinds import kind_named, template_kinds
from gaozhi_cli.rendering.template_review import review_template
from gaozhi_cli.storage.document_entries import county_documents
from tests.conftest import ROOT
from tests.rendering import test_docx_template as made
from tests.rendering.test_docx_template import (
    BODY,
    CORE,
    FOOTER,
    POPEN,
    SHIPPED,
    STYLES,
    VALUES,
    in_text,
    rebuilt,
    refused,
    swapped,
    with_header,
)

nothing_is_run = made.nothing_is_run  # the fixture: no PWNED appears
SOON = 30.0  # seconds; unbounded, the worst of these took hours
END, NEW = "</w:t></w:r></w:p>", "<w:p><w:r><w:t>"
SETTINGS, TYPES, RELATIONS = "word/settings.xml", "[Content_Types].xml", "_rels/.rels"


def behind(xml: str) -> bytes:
    """The shipped template with more XML at the end of its body."""
    return swapped("</w:body>", f"{xml}</w:body>")


def codes(data: bytes) -> set[str]:
    """The codes of the faults that the review tells."""
    return {fault.problem.code for fault in review_template(data, FORM)}


# Archives (E4 7)


def archive(method: int = zipfile.ZIP_DEFLATED, name: str = "word/media/a.bin", data: bytes = b"x") -> bytes:
    """The shipped template with one more member."""
    out = io.BytesIO(SHIPPED)
    with zipfile.ZipFile(out, "a") as new:
        new.writestr(name, data, method)
    return out.getvalue()


def lying() -> bytes:
    """A member of 300 MB whose directory entries say 1,000 bytes."""
    data = archive(name="word/media/bomb.bin", data=bytes(300_000_000))
    real, told = struct.pack("<L", 300_000_000), struct.pack("<L", 1000)
    assert data.count(real) == 2
    return data.replace(real, told)


def linked() -> bytes:
    """A member that is a symbolic link."""
    out = io.BytesIO(SHIPPED)
    with zipfile.ZipFile(out, "a") as new:
        info = zipfile.ZipInfo("word/media/link.png")
        info.create_system, info.external_attr = 3, 0o120777 << 16
        new.writestr(info, "/etc/passwd")
    return out.getvalue()


def locked() -> bytes:
    """A member marked as encrypted, in both headers."""
    data = bytearray(archive(zipfile.ZIP_STORED, "word/media/a.bin", b"secret"))
    local, central = data.rindex(b"PK\x03\x04"), data.rindex(b"PK\x01\x02")
    data[local + 6] |= 1
    data[central + 8] |= 1
    return bytes(data)


def many(count: int) -> bytes:
    """A docx with thousands of empty members."""
    out = io.BytesIO(SHIPPED)
    with zipfile.ZipFile(out, "a") as new:
        for n in range(count):
            new.writestr(f"a{n}", "")
    return out.getvalue()


@pytest.mark.parametrize(
    ("data", "word"),
    [
        (lying, "损坏"),
        (linked, "链接"),
        (locked, "密码"),
        (lambda: many(20_000), "部件超过"),
        (lambda: archive(zipfile.ZIP_BZIP2), "压缩方法"),
        (lambda: archive(zipfile.ZIP_LZMA), "压缩方法"),
        (lambda: archive(name="word/Document.XML"), "重名"),
        (lambda: archive(name="word/a\x1b[2J.xml", data=b"<x/>"), "路径不正常"),
        (lambda: archive(name="word/\u202efdp.xml", data=b"<x/>"), "路径不正常"),
        (lambda: archive(name="word\\..\\a.xml", data=b"<x/>"), "路径不正常"),
        (lambda: archive(name="C:a.xml", data=b"<x/>"), "路径不正常"),
        (lambda: archive(name="word/" + "a" * 300), "路径不正常"),
        (lambda: b"MZ" + SHIPPED, "损坏"),
        (lambda: b"PK\x03\x04" + bytes(1000), "损坏"),
    ],
    ids=[
        "sizes-lie", "symlink", "encrypted", "20000-members", "bzip2", "lzma", "same-but-for-case", "escape",
        "bidi", "backslash", "drive", "long-name", "polyglot", "zeros",
    ],
)  # fmt: skip
def test_an_archive_that_is_not_plain_is_refused(data, word: str) -> None:  # type: ignore[no-untyped-def]
    """E4 7: each in one sentence that a terminal can show, quickly."""
    made_data, started = data(), time.monotonic()
    message = refused(made_data)
    assert word in message and message.isprintable(), message
    assert time.monotonic() - started < SOON
    assert codes(made_data)


def test_a_lying_archive_is_not_unpacked() -> None:
    """E4 7: the member's real 300 MB are never in memory; a process of 200 MB gets through."""
    pytest.importorskip("resource", reason="没有 resource（Windows）")
    code = (
        "import resource, sys; from gaozhi_cli.rendering.docx_package import open_package\n"
        "from gaozhi_cli.domain.problem import DocumentFailed\n"
        "data = sys.stdin.buffer.read(); start = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "try: open_package(data, '模板')\n"
        "except DocumentFailed: print(1 + resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - start)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], input=lying(), capture_output=True, cwd=ROOT, timeout=60
    )
    assert 0 < int(done.stdout) < 200_000 * (1024 if sys.platform == "darwin" else 1), done.stderr


# What fetches, runs or hides (E4 1, 5, 7)

R = "http://schemas.openxmlformats.org/officeDocument/2006/relationships"
MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
V = "urn:schemas-microsoft-com:vml"


def fielded(*runs: str) -> bytes:
    """The template with a field whose code is cut into runs."""
    code = "".join(f"<w:r><w:instrText>{run}</w:instrText></w:r>" for run in runs)
    return behind(f'<w:p><w:r><w:fldChar w:fldCharType="begin"/></w:r>{code}</w:p>')


def changed(part: str, old: bytes, new: bytes) -> bytes:
    """The template with some bytes of a part replaced."""

    def change(data: bytes) -> bytes:
        assert old in data
        return data.replace(old, new)

    return rebuilt({part: change})


def numbered(text: str) -> bytes:
    """The template with a numbered paragraph, and with a list in Wingdings that nothing uses."""
    level = '<w:lvl w:ilvl="0"><w:lvlText w:val="{}"/></w:lvl>'
    lists = "".join(
        f'<w:abstractNum w:abstractNumId="{n}">{level.format(words)}</w:abstractNum>'
        for n, words in enumerate((text, "\uf0d8"))
    )
    nums = "".join(f'<w:num w:numId="{n + 1}"><w:abstractNumId w:val="{n}"/></w:num>' for n in range(2))
    xml = f'<w:numbering xmlns:w="{made.W}">{lists}{nums}</w:numbering>'
    mark = '<w:pPr><w:numPr><w:ilvl w:val="0"/><w:numId w:val="1"/></w:numPr></w:pPr>'
    body = behind(f"<w:p>{mark}<w:r><w:t>x</w:t></w:r></w:p>")
    return rebuilt(added={"word/numbering.xml": xml.encode()}, base=body)


ODD_TYPE = b'<Default Extension="dat" ContentType="text/xml"/></Types>'
MACRO = b"application/vnd.ms-word.document.macroEnabled.main+xml"
DOCUMENT = b"application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"
HIDING = b'<w:style w:styleId="Hid"><w:rPr><w:vanish/></w:rPr></w:style></w:styles>'
IN_HIDING = b'<w:p><w:pPr><w:pStyle w:val="Hid"/></w:pPr><w:r><w:t>x</w:t></w:r></w:p></w:body>'
FETCHES = [
    ("docx-embedded", behind(f'<w:altChunk xmlns:r="{R}" r:id="rId9"/>')),
    ("docx-embedded", behind("<w:p><w:r><w:object/></w:r></w:p>")),
    ("docx-embedded", behind("<w:p><w:r><w:control/></w:r></w:p>")),
    ("docx-link", behind(f'<w:subDoc xmlns:r="{R}" r:id="rId9"/>')),
    ("docx-link", changed(SETTINGS, b"</w:settings>", b"<w:mailMerge/></w:settings>")),
    ("docx-link", behind(f'<w:pict><v:imagedata xmlns:v="{V}" src="http://example.invalid/x"/></w:pict>')),
    ("docx-link", behind(f'<w:pict><v:shape xmlns:v="{V}" href="\\\\example\\x"/></w:pict>')),
    ("docx-link", changed(RELATIONS, b'Target="docProps/core.xml"', b'Target="file:///etc/passwd"')),
    ("docx-field", fielded("INCLUDE", 'TEXT "c:\\x"')),
    ("docx-field", behind('<w:p><w:fldSimple w:instr=" DDEAUTO cmd x "/></w:p>')),
    ("docx-field", fielded('DATABASE \\d "x"')),
    ("docx-field", fielded("MACROBUTTON Pwn x")),
    ("docx-field", fielded('QUO', 'TE "不可代为承诺"')),
    ("docx-field", behind('<w:p><w:fldSimple w:instr=" USERNAME "/></w:p>')),
    ("docx-field", fielded('HYPERLINK "x"')),
    ("docx-field", behind("<w:p><w:r><w:instrText>EQ x</w:instrText></w:r></w:p>")),
    ("docx-field", fielded("PAGE \\# \"'另收费'\"")),
    ("docx-field", behind(
        '<w:p><w:fldSimple w:instr="PAGE"><w:r><w:t>看着是正文，印出来是页码</w:t></w:r></w:fldSimple></w:p>'
    )),
    ("docx-field", behind(
        '<w:p><w:r><w:fldChar w:fldCharType="begin"/><w:instrText>PAGE</w:instrText><w:t>不印的话</w:t>'
        '<w:fldChar w:fldCharType="separate"/><w:t>1</w:t><w:fldChar w:fldCharType="end"/></w:r></w:p>'
    )),
    ("docx-unread", behind('<w:p><w:r><w:sym w:font="Wingdings" w:char="F0FE"/></w:r></w:p>')),
    ("docx-unread", behind("<w:p><w:r><w:rPr><w:strike/></w:rPr><w:t>划掉的话</w:t></w:r></w:p>")),
    ("docx-unread", behind("<w:p><w:r><w:rPr><w:dstrike/></w:rPr><w:t>划掉的话</w:t></w:r></w:p>")),
    ("docx-unread", rebuilt({
        STYLES: lambda d: d.replace(b"</w:styles>", HIDING.replace(b"vanish", b"strike")),
        BODY: lambda d: d.replace(b"</w:body>", IN_HIDING),
    })),
    ("docx-unread", behind('<w:p><w:r><w:footnoteReference w:id="1"/></w:r></w:p>')),
    ("docx-unread", behind('<w:p><w:r><w:endnoteReference w:id="1"/></w:r></w:p>')),
    ("docx-unread", behind('<w:p><w:r><w:commentReference w:id="1"/></w:r></w:p>')),
    ("docx-unread", numbered("另交手续费%1")),
    ("docx-unread", numbered("\uf0fe")),
    ("docx-macro", changed(TYPES, DOCUMENT, MACRO)),
    ("docx-main", changed(TYPES, b"document.main+xml", b"template.main+xml")),
    ("docx-main", changed(RELATIONS, b"word/document.xml", b"word/styles.xml")),
    ("docx-main", rebuilt({TYPES: lambda _: b"<x/>"})),
    ("docx-names", rebuilt(
        {TYPES: lambda d: d.replace(b"</Types>", ODD_TYPE)},
        {"word/header9.dat": b"{{ x }}"},
    )),
    ("docx-hidden", behind("<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>看不见的话</w:t></w:r></w:p>")),
    ("docx-hidden", rebuilt({
        STYLES: lambda d: d.replace(b"</w:styles>", HIDING),
        BODY: lambda d: d.replace(b"</w:body>", IN_HIDING),
    })),
    ("docx-hidden", behind(
        f'<w:p><w:r><mc:AlternateContent xmlns:mc="{MC}"><mc:Choice Requires="x"><w:t>甲</w:t></mc:Choice>'
        "<mc:Fallback><w:t>乙</w:t></mc:Fallback></mc:AlternateContent></w:r></w:p>"
    )),
    ("docx-hidden", behind('<w:sdt><w:sdtPr><w:dataBinding w:xpath="/x"/></w:sdtPr></w:sdt>')),
    ("docx-revision", behind('<w:p><w:ins w:id="1"><w:r><w:t>后来加的</w:t></w:r></w:ins></w:p>')),
    ("docx-revision", behind('<w:p><w:moveFrom w:id="1"><w:r><w:t>挪走的</w:t></w:r></w:moveFrom></w:p>')),
]  # fmt: skip


@pytest.mark.parametrize(
    ("code", "data"), FETCHES, ids=[f"{n}-{code}" for n, (code, _) in enumerate(FETCHES)]
)
def test_what_fetches_runs_or_hides_is_refused(code: str, data: bytes) -> None:
    """E4 7: what Word would do on opening or printing, in Chinese; the review gives it its code."""
    refused(data)
    assert code in codes(data)


def test_what_a_word_document_usually_holds_is_no_fault() -> None:
    """The control: page numbers, bookmarks, a picture's extension list, visible text, customXml."""
    guid = "{28A0092B-C50C-407E-A947-70E740481C1C}"
    usual = behind(
        '<w:p><w:fldSimple w:instr=" PAGE "/><w:fldSimple w:instr=" NUMPAGES  \\* MERGEFORMAT "/>'
        '<w:bookmarkStart w:id="0" w:name="_GoBack"/>'
        '<w:r><w:rPr><w:vanish w:val="0"/></w:rPr><w:drawing>'
        f'<a:ext xmlns:a="urn:a" uri="{guid}"/></w:drawing>'
        "<w:t>看得见</w:t></w:r></w:p>"
        '<w:p><w:r><w:rPr><w:strike w:val="false"/></w:rPr><w:t>没有划掉</w:t></w:r></w:p>'
    )
    with_data = rebuilt(added={"customXml/item1.xml": b"<b:Sources xmlns:b='urn:b'/>"}, base=usual)
    assert review_template(with_data, FORM) == []
    assert review_template(numbered("（%1）、"), FORM) == []
    assert render(open_letter_template(with_data), VALUES)


@pytest.mark.parametrize(
    "data",
    [
        in_text(POPEN),
        swapped("{{ 文书编号 }}", POPEN, FOOTER),
        with_header(POPEN),
        swapped("证明事项告知承诺书", POPEN, CORE),
    ],
    ids=["body", "footer", "header", "core-title"],
)
def test_the_review_runs_nothing_either(data: bytes) -> None:
    """E4 1: the tag that would touch PWNED is told with its part."""
    faults = review_template(data, FORM)
    told = [f for f in faults if f.problem.code in ("template-expression", "template-tag")]
    assert told and told[0].part in ("正文", "页眉", "页脚", CORE)


# XML made for hanging (E4 3)

HANGS = {
    "tags-without-end": in_text("{{ " + "</w:t><w:t\n>x" * 60_000 + "</w:t><w:t> }}"),
    "cell-words": in_text("{% colspan " + " " * 500_000 + "x %}"),
    "open-far": behind(NEW + "{{ a" * 400 + END + "<w:p/>" * 90_000),
    "close-only": behind(NEW + "-%}" * 1200 + END + "<w:p/>" * 90_000),
    "odd-ends": behind(NEW + "{{p x }}" * 400 + "</w:t></w:r></w:p >" + "<w:tbl/>" * 90_000),
    "cells": behind("<w:tbl><w:tr>" + "<w:tc ><w:p/></w:tc >" * 40_000 + "</w:tr></w:tbl>"),
    "runs": behind("<w:p>" + "<w:r><w:t>x</w:t></w:r>" * 60_000 + "</w:p>"),
    "deep": behind("<w:sdt>" * 50_000 + "</w:sdt>" * 50_000),
    "deep-paragraphs": behind("<w:p>" * 99 + "<w:r><w:t>x</w:t></w:r>" * 20_000 + "</w:p>" * 99),
    "long-attribute": behind('<w:p w:x="' + "y" * 900_000 + '"/>'),
    "attributes": behind("<w:p " + " ".join(f'w:x{n}="y"' for n in range(60_000)) + "/>"),
    "long-text": behind(NEW + "x" * 900_000 + END),
    "braces": behind(NEW + "{ " * 4700 + END),
    "comment": behind("<!-- " + "x" * 900_000 + "-->"),
    "tag-of-spaces": in_text("{{" + " " * 3900 + "公民姓名 }}"),
    "many-tags": behind((NEW + "{{ 公民姓名 }}" + END) * 900),
    "many-loops": behind(
        (NEW + f"{{%p for x in 证明内容 %}}{END}{NEW}{{{{ x }}}}{END}{NEW}{{%p endfor %}}" + END) * 240
    ),
    "split-attributes": behind(
        f'<w:p w:x="{">" * 700_000}"><w:r><w:t>{{</w:t></w:r><w:r><w:t>{{ 公民姓名 }}}}{END}'
    ),
    "big-header": with_header("x" * 1_000_000),
}


@pytest.mark.parametrize("name", HANGS)
def test_xml_made_for_hanging_is_judged_soon(name: str) -> None:
    """E4 3: refused or rendered, as it may be, but within seconds, by the letter's way and by the review."""
    started = time.monotonic()
    try:
        document = render(open_letter_template(HANGS[name]), VALUES)
    except DocumentFailed as error:
        assert re.search("[一-鿿]", error.message)
        assert error.message.isprintable() and len(error.message) < 400
    else:
        assert open_package(document, "文书").part(BODY)
    review_template(HANGS[name], FORM)
    assert time.monotonic() - started < SOON


def test_the_parts_together_are_limited() -> None:
    """E4 3: many parts of a permitted size are together as heavy as one of a forbidden one."""
    noise = "".join(chr(0x4E00 + n * 7919 % 20000) for n in range(400_000))
    parts = {f"word/extra{n}.xml": f"<x>{noise}</x>".encode() for n in range(4)}
    assert "不像一份表格" in refused(rebuilt(added=parts))


# Tags where no one sees them (E4 5)


@pytest.mark.parametrize(
    "data",
    [
        behind("<w:p/><!-- {{ 公民姓名 }} -->"),
        behind('<w:p w:x="{{ 公民姓名 }}"/>'),
        behind("<?x {{ 公民姓名 }} ?>"),
        behind("{{ 公民姓名 }}"),
        behind("<w:p><w:r><w:instrText>{{ 公民姓名 }}</w:instrText></w:r></w:p>"),
        behind(NEW + "{" + END + NEW + "{ 公民姓名 }}" + END),
        behind(NEW + "&#123;&#123; 公民姓名 }}" + END),
        behind(NEW + "<![CDATA[{{ 公民姓名 }}]]>" + END + "<!--{{ x }}-->"),
    ],
    ids=["comment", "attribute", "instruction", "loose", "field", "two-paragraphs", "entities", "cdata"],
)
def test_a_tag_that_is_not_printed_text_is_refused(data: bytes) -> None:
    """E4 5: docxtpl would fill it in all the same, where nobody looks, or Word would show it raw."""
    assert "印不出来的填空标记" in refused(data)


@pytest.mark.parametrize(
    "head",
    [
        lambda text: text.replace("xmlns:w=", "xmlns:v=", 1).replace("w:", "v:").replace("v:v=", "w:v="),
        lambda text: text.replace("</w:p>", "</w:p >"),
        lambda text: text.replace("<w:body>", f'<w:body xmlns:q="{made.W}">'),
    ],
    ids=["other-prefix", "odd-end-tags", "two-prefixes"],
)
def test_another_way_of_writing_the_xml_is_refused(head) -> None:  # type: ignore[no-untyped-def]
    """docxtpl goes by Word's way of writing; anything else it would misread."""
    assert "另存为" in refused(rebuilt({BODY: lambda data: head(data.decode()).encode()}))


# Numbers and places


def test_every_fault_has_its_place() -> None:
    """E4 5: part and paragraph, the nearest known name, the words that the form asks for."""

    def change(data: bytes) -> bytes:
        text = (
            data.decode()
            .replace("{{ 公民姓名 }}", "{{ 公民名 }}")
            .replace("{{ 依据.原文 }}", "{{ 依据.文 }}")
        )
        return text.replace("不可代为承诺", "可以代为承诺").encode()

    faults = review_template(rebuilt({BODY: change}), FORM)
    told = {fault.problem.code: fault for fault in reversed(faults)}
    unknown = told["template-unknown"]
    assert unknown.place == "正文第 6 段" and "（是不是“公民姓名”）" in unknown.problem.message
    assert any("（是不是“依据.原文”）" in fault.problem.message for fault in faults)
    assert told["template-wording"].problem.clause == "附件2"
    assert told["template-missing"].problem.field == "公民姓名"


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("{%p endfor %}", "{%p endfor %}" + END + NEW + "{%p endfor %}", "多出一段"),
        ("{%p for 行 in 证明内容 %}", "{%p for 公民姓名 in 证明内容 %}", "同名"),
        ("{%p for 行 in 证明内容 %}", "{%p for 行 in 公民姓名 %}", "不是一列"),
        ("{%p for 行 in 证明内容 %}", "{%p for 行 in 证明内容[:1] %}", "不允许的循环"),
        ("{{ 依据.原文 }}", "{{ 依据 }}", "有几栏"),
        ("{{ 公民姓名 }}", "{{ \x9b2J\u202e[/] }}", "不允许的写法"),
    ],
)
def test_slips_in_loops_and_names_are_told(old: str, new: str, words: str) -> None:
    """E4 5 and 13: what is wrong, in words of the form; what it quotes cannot steer a terminal."""
    faults = review_template(swapped(old, new), FORM)
    assert any(words in fault.problem.message for fault in faults)
    assert all(fault.problem.message.isprintable() for fault in faults)
    assert refused(swapped(old, new)).isprintable()


def test_what_the_review_accepts_a_letter_accepts() -> None:
    """The review is no second opinion: the shipped templates pass both, a fault of one is a fault of both."""
    kinds = template_kinds(county_documents(ROOT / "none"))
    assert len(kinds) >= 7
    for kind in kinds:
        data = (ROOT / "templates" / kind.file).read_bytes()
        assert review_template(data, kind.form) == []
        assert all(kind_named(word, kinds) == kind for word in (kind.label, kind.code, kind.file))
    assert kind_named("x", kinds) is None
    with pytest.raises(DocumentFailed):
        open_letter_template(behind("{{ 公民姓名 }}"))


def test_values_may_hold_anything_that_a_template_may_not() -> None:
    """E4 4: what is forbidden in a template is text in a value; the written document is read back."""
    name = "{{ 7*7 }}{% for %}-%}{{p x }}{% colspan 2 %}"
    document = render(open_letter_template(SHIPPED), VALUES | {"公民姓名": name})
    assert open_package(document, "写成的文书").part(STYLES)
    with pytest.raises(DocumentFailed):
        open_package(document, TEMPLATE)
