"""The compiled template: equal to docxtpl kept for the next run, never trusted blindly."""

from __future__ import annotations

import hashlib
import io
import json
import random
import re
import shutil
import struct
import subprocess
import sys
import zipfile
import zlib
from pathlib import Path
from typing import Any

import docx
import pytest
from hypothesis import HealthCheck, given, settings

from gaozhi_cli.domain.problem import DocumentFailed
from gaozhi_cli.rendering import compiled
from gaozhi_cli.rendering.compiled import SINGLE, batch_codec, escaped, zlib_codec
from gaozhi_cli.rendering.docx_package import Package, open_package
from gaozhi_cli.rendering.docx_template import Template, fill, render
from gaozhi_cli.rendering.docx_template import paragraphs as every_paragraph
from gaozhi_cli.rendering.letter_docx import FORM, Proof, letter_document
from gaozhi_cli.rendering.template_opening import open_template
from gaozhi_cli.storage.cache_files import CacheFiles
from tests.conftest import ROOT
from tests.rendering.test_docx_template import BODY, FOOTER, SHIPPED, rebuilt, swapped
from tests.rendering.test_letter_docx import (
    HARD,
    TEMPLATE,
    as_docxtpl_prints,
    by_docxtpl,
    paragraphs,
    value_sets,
    values_of,
)

CODECS = [SINGLE, batch_codec(), zlib_codec(1), zlib_codec(9)]


def parts_of(document: bytes) -> dict[str, bytes]:
    """The parts as the standard library reads them; each entry of the archive is tested."""
    with zipfile.ZipFile(io.BytesIO(document)) as archive:
        assert archive.testzip() is None
        return {info.filename: archive.read(info) for info in archive.infolist()}


def as_word_saves(data: bytes) -> bytes:
    """The template the way Word saves it: rsids everywhere, tags torn into runs, proofing and smart tags."""
    text, n = data.decode(), [0]

    def rsid(match: re.Match[str]) -> str:
        n[0] += 1
        return f'{match[1]} w:rsidR="00{n[0]:06X}" w:rsidRDefault="00A1B2C3"{match[2]}'

    def torn(match: re.Match[str]) -> str:
        head, properties, name = match[1], match[2] or "", match[3]
        runs = ["{", "{ ", name[:2], name[2:], " }", "}"]
        marks = ['<w:proofErr w:type="spellStart"/>', "", '<w:proofErr w:type="spellEnd"/>'] * 2
        language = '<w:rPr><w:lang w:val="en-US" w:eastAsia="zh-CN"/></w:rPr>'
        return "".join(
            f'{mark}<w:r w:rsidRPr="00FFEE{k:02X}">{properties or language}'
            f'<w:t xml:space="preserve">{run}</w:t></w:r>'
            for k, (run, mark) in enumerate(zip(runs, marks, strict=True))
            if run
        ) + (head and "")

    tag = r'<w:t(?: xml:space="preserve")?>\{\{ (\w{3,}) \}\}</w:t></w:r>'
    text = re.sub(r"(<w:r>)(<w:rPr>(?:(?!</w:rPr>).)*</w:rPr>)?" + tag, torn, text)
    text = re.sub(r"(<w:p)(>)", rsid, text)
    smart = (
        '<w:smartTag w:uri="urn:schemas-microsoft-com:office:smarttags" w:element="chsdate">'
        "<w:r><w:t>（盖章）</w:t></w:r></w:smartTag>"
    )
    return re.sub(
        r"<w:r>(?:<w:rPr>(?:(?!</w:rPr>).)*</w:rPr>)?<w:t[^>]*>（盖章）</w:t></w:r>", smart, text
    ).encode()


def whole(document: bytes) -> list[str]:
    """Every paragraph with all that is printed of it; python-docx leaves out what a smart tag holds."""
    package = open_package(document, "文书")
    return [text for name in (BODY, FOOTER) for text in every_paragraph(package.part(name), "文书")]


@pytest.fixture(scope="module")
def words_template() -> bytes:
    """The shipped template as Word would have saved it."""
    data = rebuilt({BODY: as_word_saves, FOOTER: as_word_saves})
    body = open_package(data, "模板").part(BODY)
    assert body.count(b"w:rsidR=") > 50 and b"w:proofErr" in body and b"smartTag" in body
    assert body.count(b"{{ ") < open_package(SHIPPED, "模板").part(BODY).count(b"{{ ") - 10
    return data


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value_sets)
def test_a_batch_letter_reads_as_docxtpl_would_have_written_it(values: dict[str, Any]) -> None:
    """The codec of batches too: 200 random sets of values, hostile ones among them."""
    ours = paragraphs(fill(TEMPLATE, values, codec=batch_codec()))
    assert [as_docxtpl_prints(text) for text in ours] == paragraphs(by_docxtpl(values))


@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(value_sets)
def test_a_template_as_word_saves_it(words_template: bytes, values: dict[str, Any]) -> None:
    """Torn tags, rsids, proofing marks and smart tags: the same paragraphs as by the shipped template."""
    form = open_template(words_template, FORM)
    document = fill(form, values)
    assert whole(document) == whole(fill(TEMPLATE, values))
    body = parts_of(document)[BODY]
    assert b"rsid" not in body and b"proofErr" not in body and "（盖章）".encode() in body


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
def test_every_codec_packs_the_same_parts(codec: compiled.Codec) -> None:
    """And each is a zip for zipfile, a document for python-docx, with nothing between or behind."""
    for text in (*HARD, "", "长" * 20_000):
        document = fill(TEMPLATE, values_of(text), codec=codec)
        assert parts_of(document) == parts_of(fill(TEMPLATE, values_of(text)))
        docx.Document(io.BytesIO(document))
        assert document == fill(TEMPLATE, values_of(text), codec=codec)


def test_the_archive_is_plain() -> None:
    """Kinds and relationships first, as Word saves; fixed dates; local headers as the directory says."""
    shuffled = list(open_package(SHIPPED, "模板").parts)
    random.Random(3).shuffle(shuffled)
    shuffled.sort(key=lambda part: part[0] == "[Content_Types].xml")  # last, as LibreOffice does
    for data in (SHIPPED, Package(tuple(shuffled)).to_bytes()):
        document = fill(open_template(data, FORM), values_of("甲"))
        with zipfile.ZipFile(io.BytesIO(document)) as archive:
            infos = archive.infolist()
        assert [info.filename for info in infos[:2]] == ["[Content_Types].xml", "_rels/.rels"]
        assert len({info.filename for info in infos}) == len(infos)
        end = 0
        for info in infos:
            assert info.header_offset == end and info.date_time == (1980, 1, 1, 0, 0, 0)
            signature, *_, crc, size, whole, name, extra = struct.unpack_from("<4s5H3L2H", document, end)
            assert (signature, crc, size, whole) == (
                b"PK\x03\x04",
                info.CRC,
                info.compress_size,
                info.file_size,
            )
            end += 30 + name + extra + size
        assert document[end:].startswith(b"PK\x01\x02")
        assert parts_of(document).keys() == parts_of(data).keys()


def test_what_is_not_text_is_never_printed() -> None:
    """None, a number, a list of numbers, a blank not known or lacking: one sentence, no document."""
    good = values_of("甲")
    for name, value in (
        ("公民姓名", None), ("公民姓名", 7), ("公民姓名", True), ("公民姓名", b"x"), ("公民姓名", ["甲"]),
        ("设定依据", [7]), ("设定依据", [{"法规": None}]), ("设定依据", None), ("设定依据", "甲"),
        ("证明内容", [None]), ("证明内容", [["甲"]]),
    ):  # fmt: skip
        with pytest.raises(DocumentFailed, match=r"没有生成文书|不一致"):
            render(TEMPLATE, good | {name: value})
    for name in good:
        with pytest.raises(DocumentFailed, match=f"填空“{name}”没有可填的内容"):
            fill(TEMPLATE, {key: value for key, value in good.items() if key != name})
    assert paragraphs(fill(TEMPLATE, good | {"不认识": "x"})) == paragraphs(fill(TEMPLATE, good))


@pytest.mark.parametrize(
    "sign", list("\x00\x1f\n\r\t\x7f\x85\u2028\u202e\u2066\ud800\udfff\ufffe\uffff\ufdd0")
)
def test_no_value_holds_what_a_document_cannot_carry(sign: str) -> None:
    with pytest.raises(DocumentFailed, match="控制字符"):
        escaped(f"甲{sign}乙")


def test_markup_is_escaped_and_nothing_else() -> None:
    assert escaped("&<>'\"&amp;𠮷") == "&amp;&lt;&gt;&#39;&#34;&amp;amp;𠮷".encode()


@pytest.mark.skipif(not shutil.which("soffice"), reason="没有装 LibreOffice")
def test_an_office_program_opens_what_each_codec_packs(tmp_path: Path, words_template: bytes) -> None:
    """Two codecs, two templates: LibreOffice reads every value in all four."""
    for n, (form, codec) in enumerate(
        (form, codec) for form in (TEMPLATE, open_template(words_template, FORM)) for codec in CODECS[:2]
    ):
        values = values_of("x") | {"公民姓名": f"测试{n}&<𠮷>"}
        (tmp_path / f"{n}.docx").write_bytes(fill(form, values, codec=codec))
    subprocess.run(
        ["soffice", f"-env:UserInstallation=file://{tmp_path}/profile", "--headless", "--convert-to",
         "txt:Text (encoded):UTF8", "--outdir", str(tmp_path), *map(str, tmp_path.glob("*.docx"))],
        check=True, capture_output=True, timeout=120,
    )  # fmt: skip
    for n in range(4):
        assert f"测试{n}&<𠮷>" in (tmp_path / f"{n}.txt").read_text("utf-8-sig")


# What is kept for the next run.


def kept_file(folder: Path) -> Path:
    """The one compiled template in a cache."""
    (path,) = folder.glob("template-*.json")
    return path


def reopened(store: CacheFiles, data: bytes = SHIPPED) -> Template:
    """The template opened with a cache."""
    return open_template(data, FORM, store)


def test_the_second_run_compiles_nothing(tmp_path: Path) -> None:
    """Neither docxtpl nor jinja2 nor lxml is imported where the cache holds the template."""
    script = (
        "import sys; from pathlib import Path;"
        "from gaozhi_cli.rendering.letter_docx import open_letter_template;"
        "from gaozhi_cli.storage.cache_files import CacheFiles;"
        "open_letter_template(Path(sys.argv[1]).read_bytes(), CacheFiles(Path(sys.argv[2])));"
        "print([n for n in ('docxtpl', 'docx', 'jinja2', 'lxml') if n in sys.modules])"
    )
    command = [
        sys.executable,
        "-c",
        script,
        str(ROOT / "templates" / "commitment_letter.docx"),
        str(tmp_path),
    ]
    said = [
        subprocess.run(
            command, check=True, capture_output=True, text=True, env={"PYTHONPATH": str(ROOT)}
        ).stdout
        for _ in range(2)
    ]
    assert "docxtpl" in said[0] and said[1].strip() == "[]"


def test_from_the_cache_the_same_bytes(tmp_path: Path) -> None:
    store = CacheFiles(tmp_path)
    first, second = reopened(store), reopened(store)
    for text in HARD:
        assert fill(first, values_of(text)) == fill(second, values_of(text))
    assert (first.programs, first.texts, first.picture) == (second.programs, second.texts, second.picture)


def spoiled(good: bytes) -> dict[str, bytes]:
    """A cache file as a full disk, a wrong copy or an idle hand leaves it."""
    body = json.loads(good.partition(b"\n")[2])
    spoiled = {
        "empty": b"",
        "zeros": bytes(len(good)),
        "half": good[: len(good) // 2],
        "not json": b"\xff\xfe\x00",
        "a list": b"[]",
        "a number": b"7",
        "null": b"null",
        "deep": b"[" * 100_000,
        "no programs": json.dumps({k: v for k, v in body.items() if k != "programs"}).encode(),
        "programs a list": json.dumps(body | {"programs": []}).encode(),
        "segments torn": json.dumps(body | {"programs": {BODY: [["text"]]}}).encode(),
        "segment empty": json.dumps(body | {"programs": {BODY: [[]]}}).encode(),
        "segment a text": json.dumps(body | {"programs": {BODY: ["text"]}}).encode(),
        "literal a number": json.dumps(body | {"programs": {BODY: [["text", 7]]}}).encode(),
        "another's": json.dumps(body | {"sha256": "00" * 32}).encode(),
        "another form": json.dumps(body | {"form": "00" * 32}).encode(),
        "another part": json.dumps(body | {"programs": {"word/header9.xml": []}}).encode(),
        "another format": json.dumps(body | {"picture": 7}).encode(),
    }
    sealed = {
        kind: hashlib.sha256(data).hexdigest().encode() + b"\n" + data for kind, data in spoiled.items()
    }
    return spoiled | {f"{kind}, sealed": data for kind, data in sealed.items() if kind != "segment a text"}


@pytest.mark.parametrize("kind", spoiled(b'\n{"programs": {}}'))
def test_a_spoiled_cache_costs_time_and_nothing_else(tmp_path: Path, kind: str) -> None:
    """Compiled anew and kept anew, whatever lies there."""
    store = CacheFiles(tmp_path)
    form = reopened(store)
    path = kept_file(tmp_path)
    good = path.read_bytes()
    path.write_bytes(spoiled(good)[kind])
    assert fill(reopened(store), values_of("甲")) == fill(form, values_of("甲"))
    assert path.read_bytes() == good


def test_an_altered_cache_never_makes_an_altered_letter(tmp_path: Path) -> None:
    """Other words of the law, another blank, other texts: the letter is refused or right, never wrong."""
    store = CacheFiles(tmp_path)
    reopened(store)
    path = kept_file(tmp_path)
    good = path.read_text("utf-8").partition("\n")[2]
    values, proof = values_of("甲"), Proof("SC-2026-00001", "0" * 64, "1-0123456789abcdef")
    told = {name: value for name, value in values.items() if name != "校验码"}
    right = letter_document(TEMPLATE, told, proof)
    for old, new in (
        ("并纳入信用记录", "不纳入信用记录"),
        ('["blank", "公民姓名"]', '["blank", "单位名称"]'),
        ('["blank", "公民姓名"]', '["text", "某人"]'),
        ("一式两份", "一式三份"),
    ):
        assert old in good
        forged = good.replace(old, new)
        path.write_text(f"{hashlib.sha256(forged.encode()).hexdigest()}\n{forged}", "utf-8")
        with pytest.raises(DocumentFailed, match="不一致，没有保存"):
            letter_document(reopened(store), told | {"单位名称": "乙"}, proof)
    path.write_text(good, "utf-8")  # without its seal: compiled anew
    assert letter_document(reopened(store), told, proof) == right


def test_a_cache_does_not_vouch_for_a_template_of_other_words(tmp_path: Path) -> None:
    """A template changed to other prescribed words, and the cache of the good one under its name."""
    store = CacheFiles(tmp_path)
    reopened(store)
    path = kept_file(tmp_path)
    bad = swapped("并纳入信用记录", "不纳入信用记录")
    sha256 = hashlib.sha256(bad).hexdigest()
    body = json.loads(path.read_text("utf-8").partition("\n")[2]) | {"sha256": sha256}
    content = json.dumps(body, ensure_ascii=False)
    forged = f"{hashlib.sha256(content.encode()).hexdigest()}\n{content}"
    (tmp_path / f"template-{sha256[:32]}.json").write_text(forged, "utf-8")
    with pytest.raises(DocumentFailed, match="纳入信用记录"):
        reopened(store, bad)


def test_another_form_or_template_is_compiled_by_itself(tmp_path: Path) -> None:
    """The same bytes under another set of blanks, other bytes under the same: each by its own check."""
    store = CacheFiles(tmp_path)
    reopened(store)
    smaller = FORM._replace(fields=tuple(name for name in FORM.fields if name != "公民姓名"))
    assert smaller.digest() != FORM.digest()
    with pytest.raises(DocumentFailed, match="公民姓名"):
        open_template(SHIPPED, smaller, store)
    other = swapped("以下为办理机关的补充说明", "本县的补充说明")
    assert "本县的补充说明" in "".join(paragraphs(fill(reopened(store, other), values_of("甲"))))
    assert len(list(tmp_path.glob("template-*.json"))) == 2


def test_a_cache_that_cannot_be_written_or_read(tmp_path: Path) -> None:
    """A file in the folder's place: nothing is kept, nothing fails."""
    (tmp_path / "cache").write_text("a file")
    form = reopened(CacheFiles(tmp_path / "cache"))
    assert fill(form, values_of("甲")) == fill(TEMPLATE, values_of("甲"))


def test_the_pictures_part_is_the_one_put_in() -> None:
    """The QR's PNG as it was drawn; without one the template's own stays."""
    assert zlib.crc32(parts_of(fill(TEMPLATE, values_of("甲"), b"\x89PNG"))[TEMPLATE.picture]) == zlib.crc32(
        b"\x89PNG"
    )
    assert parts_of(fill(TEMPLATE, values_of("甲")))[TEMPLATE.picture] == parts_of(SHIPPED)[TEMPLATE.picture]
