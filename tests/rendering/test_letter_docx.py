"""The letter as a document: the same as docxtpl's own rendering, and the prescribed words of 附件2."""

from __future__ import annotations

import io
import re
import subprocess
import sys
import unicodedata
from collections.abc import Iterator
from typing import Any

import docx
import pytest
from docx.oxml.ns import qn
from docx.shared import Mm
from docx.text.paragraph import Paragraph
from docxtpl import DocxTemplate
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from jinja2 import Environment

from gaozhi_cli.domain import form as the_form
from gaozhi_cli.domain.applicant import BIDI, text_problems
from gaozhi_cli.domain.form import BLANK_PLACE, TICKED, UNTICKED, canonical_values
from gaozhi_cli.domain.problem import DocumentFailed
from gaozhi_cli.rendering.docx_template import render
from gaozhi_cli.rendering.letter_docx import open_letter_template
from tests.conftest import ROOT
from tests.rendering.test_docx_template import BODY, rebuilt

SHIPPED = (ROOT / "templates" / "commitment_letter.docx").read_bytes()
TEMPLATE = open_letter_template(SHIPPED)
FIELDS = (*the_form.FIELDS, *the_form.PROOF_FIELDS)
BASIS = ("序号", "法规", "条款", "原文")
BLANK = "_" * 10
HARD = (
    "&<>\"'",
    "{{ 7*7 }}",
    "{% for x in y %}",
    "{_{ x }_}",
    "{_% x %_}",
    "{# x #}",
    "｛｛x｝｝",
    "</w:t></w:r></w:p><w:p><w:r><w:t>注入",
    "&amp;&#60;<![CDATA[x]]>",
    "𠮷㛃",
    "长" * 500,
    "两  个   空格",
    "a\u00a0b\u3000c",
    "[/] [a] %s {0} \\n ${x}",
    "=HYPERLINK(1)",
    "A\u0301\ufe0f\u200d🏠",
)  # fmt: skip


def paragraphs(document: bytes) -> list[str]:
    """Every paragraph as python-docx reads it, tables in their place, then the footer's."""
    opened = docx.Document(io.BytesIO(document))

    def within(root: Any) -> Iterator[str]:
        for node in root.iter(qn("w:p")):
            yield Paragraph(node, None).text  # type: ignore[arg-type]

    return [*within(opened.element.body), *within(opened.sections[0].footer._element)]


def by_docxtpl(values: dict[str, Any]) -> bytes:
    """The oracle: docxtpl's own rendering with autoescape."""
    template = DocxTemplate(io.BytesIO(SHIPPED))
    template.render(values, jinja_env=Environment(autoescape=True))
    out = io.BytesIO()
    template.save(out)
    return out.getvalue()


def as_docxtpl_prints(text: str) -> str:
    """docxtpl turns {_{ into {{ in the finished text, values included; a letter keeps what was typed."""
    for typed, printed in (("{_{", "{{"), ("}_}", "}}"), ("{_%", "{%"), ("%_}", "%}")):
        text = text.replace(typed, printed)
    return text


def values_of(text: str) -> dict[str, Any]:
    """Values in which every blank of the form holds the same text."""
    row = dict.fromkeys(BASIS, text)
    return dict.fromkeys(FIELDS, text) | {"设定依据": [row, row], "证明内容": [text, text]}


printable = st.characters(exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="".join(BIDI))
plain = st.text(printable, max_size=40).filter(lambda text: not text_problems(text, "", ""))
texts = st.one_of(plain, st.sampled_from(HARD), st.builds(lambda a, b: f"  {a}  {b} ", plain, plain))
value_sets = st.fixed_dictionaries(
    dict.fromkeys(FIELDS, texts)
    | {
        "设定依据": st.lists(st.fixed_dictionaries(dict.fromkeys(BASIS, texts)), min_size=1, max_size=3),
        "证明内容": st.lists(texts, min_size=1, max_size=3),
    }
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(value_sets)
@example(values_of(""))
@example(values_of("{_{"))
def test_a_letter_reads_as_docxtpl_would_have_written_it(values: dict[str, Any]) -> None:
    """100 random sets of values: every paragraph of body, tables and footer equals the oracle's."""
    ours = paragraphs(render(TEMPLATE, values))
    assert [as_docxtpl_prints(text) for text in ours] == paragraphs(by_docxtpl(values))


@pytest.mark.parametrize("text", HARD)
def test_hard_text_is_carried_exactly(text: str) -> None:
    """Markup, tags, rare characters, 500 characters, blanks: on paper as typed, in every blank."""
    ours = paragraphs(render(TEMPLATE, values_of(text)))
    blank = paragraphs(render(TEMPLATE, values_of("\ue000")))
    assert ours == [paragraph.replace("\ue000", text) for paragraph in blank]


def test_leading_and_double_blanks_are_kept() -> None:
    """xml:space stays: Word would otherwise swallow them."""
    document = render(TEMPLATE, values_of("x") | {"公民姓名": "  甲  乙  "})
    assert "姓名：  甲  乙  " in paragraphs(document)


def test_lists_give_a_paragraph_for_each_row() -> None:
    """设定依据 and 证明内容 repeat their paragraphs, in order."""
    rows = [{"序号": str(n), "法规": f"第{n}部", "条款": f"第{n}条", "原文": f"原文{n}"} for n in range(1, 6)]
    values = values_of("x") | {"设定依据": rows, "证明内容": [f"内容{n}" for n in range(1, 8)]}
    read = paragraphs(render(TEMPLATE, values))
    start = read.index("（三）设定证明的依据：")
    told = [text for n in range(1, 6) for text in (f"{n}. 《第{n}部》第{n}条规定：", f"原文{n}。")]
    assert read[start + 1 : start + 11] == told
    start = read.index("（四）证明的内容：")
    assert read[start + 1 : start + 8] == [f"内容{n}" for n in range(1, 8)]


def test_the_same_values_give_the_same_bytes() -> None:
    """Deterministic: in one process, and in another with other hash seeds."""
    values = values_of("某值")
    first = render(TEMPLATE, values)
    assert render(open_letter_template(SHIPPED), dict(reversed(values.items()))) == first
    script = (
        "import sys, json; from gaozhi_cli.rendering.letter_docx import open_letter_template;"
        "from gaozhi_cli.rendering.docx_template import render;"
        "t = open_letter_template(open(sys.argv[1], 'rb').read());"
        "sys.stdout.buffer.write(render(t, json.loads(sys.stdin.buffer.read())))"
    )
    path = str(ROOT / "templates" / "commitment_letter.docx")
    again = subprocess.run(
        [sys.executable, "-c", script, path],
        input=canonical_values(values).encode(),
        capture_output=True,
        check=True,
        env={"PYTHONHASHSEED": "7", "PYTHONPATH": str(ROOT), "PYTHONUTF8": "1"},
    )
    assert again.stdout == first


@given(value_sets)
@settings(max_examples=10, deadline=None)
def test_the_digest_of_values_knows_their_order_from_their_content(values: dict[str, Any]) -> None:
    """The digest that the ledger keeps does not depend on the order of keys, but on every value."""
    text = canonical_values(values)
    assert canonical_values(dict(reversed(values.items()))) == text
    assert canonical_values(values | {"公民姓名": values["公民姓名"] + "x"}) != text


# 附件2 of 荥法治政府组办〔2021〕18号, line by line as printed; ____ stands for every underline.
PRESCRIBED = """
证明事项告知承诺书
一、基本信息
（一）申请人(以下内容为二选一)：
1. 申请人为公民
姓 名：____
联系方式：____
证件类型：____
证件编号：____
2. 申请人为法人或其他组织
名 称：____
统一社会信用代码：____
联 系 人：____
联系方式：____
地 址：____
（二）委托代理人：
姓 名：____
联系方式：____
证件类型：____
证件编号：____
（三）行政机关
名 称：____
联 系 人：____
联系方式：____
二、行政机关告知
（一）行政事项名称：____
（二）证明事项名称：____
(三) 设定证明的依据:
1. 《____》第__条第__款第__项规定:
____。
(四) 证明的内容:
(五) 承诺的方式:
本证明事项采用书面承诺方式。申请人愿意作出承诺的,应当向行政机关提交签章后的告知承诺书原件。
(以下内容为二选一)
1. 本证明事项必须由申请人作出承诺,不可代为承诺。
2. 本证明事项可以代为承诺。由委托代理人代替申请人作出承诺的,委托代理人应当一并提交申请人的特别授权书。
(六) 行政机关核查权力:
行政机关对申请人作出的承诺将根据不同情形,运用多种方式进行事中事后核查。
(七) 不实承诺的责任:
对在日常监管或者核查中发现承诺不实的,行政机关将依法终止办理、责令限期整改、撤销行政决定或者予以行政处罚,并纳入信用记录。涉嫌犯罪的,依法移送司法机关。
(八) 承诺书是否公开(以下内容为二选一):
1. 本承诺书将予公开,公开时限:____。
2. 本承诺书不予公开。
三、申请人承诺
申请人现作出下列承诺：
（一）已经知晓行政机关告知的全部内容；
（二）已符合行政机关告知的条件、标准、要求，具体是：________；（如需现场核查的，请写明现场地址）
（三）愿意承担不实承诺的法律责任；
（四）本告知承诺文书中填写的信息真实、准确；
（五）上述承诺是申请人真实的意思表示。
申请人（委托代理人）：____
行政机关：____
（签字/盖章）
（盖章）
____年___月___日
____年___月___日
（本文书一式两份，行政机关与申请人各执一份。）
""".strip().splitlines()


def told(text: str) -> str:
    """A line without blanks, underlines and tick boxes; punctuation of one width."""
    return re.sub(rf"[\s_{TICKED}{UNTICKED}]", "", unicodedata.normalize("NFKC", text))


@pytest.fixture(scope="module")
def form() -> str:
    """The form with nothing filled in: what is printed on it, in one string."""
    blank = values_of(BLANK)
    blank |= {name: UNTICKED for name in FIELDS if name.endswith("勾选")}
    blank["设定依据"] = [{"序号": "1", "法规": BLANK, "条款": BLANK_PLACE, "原文": BLANK}]
    blank["证明内容"] = [BLANK]
    return "".join(told(text) for text in paragraphs(render(TEMPLATE, blank)))


@pytest.mark.parametrize("line", dict.fromkeys(PRESCRIBED))
def test_every_prescribed_sentence_stands_word_for_word(form: str, line: str) -> None:
    """附件2 is carried whole, as often as it is printed there."""
    printed = sum(told(other).count(told(line)) for other in PRESCRIBED)
    assert form.count(told(line)) >= printed


def test_the_prescribed_sentences_stand_in_their_order(form: str) -> None:
    """The parts of 附件2 in the order of 附件2; the two columns of the signature may be read either way."""
    place = 0
    for line in PRESCRIBED[: PRESCRIBED.index("（五）上述承诺是申请人真实的意思表示。") + 1]:
        found = form.find(told(line), place)
        assert found >= 0, line
        place = found + len(told(line))
    assert all(form.find(told(line), place) >= 0 for line in PRESCRIBED[-7:])


CLAUSES = [line for line in dict.fromkeys(PRESCRIBED) if len(told(line)) > 8 and "__" not in line]


@pytest.mark.parametrize("line", CLAUSES)
def test_a_template_with_other_words_is_refused(line: str) -> None:
    """A county may add to the form, never change what 附件2 prescribes; the words are named."""
    words = max(re.findall(r"[一-鿿]+", line), key=len)

    def change(data: bytes) -> bytes:
        text = data.decode()
        assert words in text
        return text.replace(words, words[:-1]).encode()

    with pytest.raises(DocumentFailed) as caught:
        open_letter_template(rebuilt({BODY: change}))
    assert words in "".join(problem.message for problem in caught.value.problems)


def test_what_the_county_adds_stands_after_the_form(form: str) -> None:
    """撤回 and 投诉举报方式 come after the last line of 附件2, named as additions."""
    end = form.index(told(PRESCRIBED[-1]))
    assert form.index("撤回", end) > end and form.index("投诉举报方式") > end
    assert "不属于告知承诺书参考样式" in form[end:]


def test_the_form_has_three_choices_of_two() -> None:
    """二选一 three times and a pair of boxes more than that: 申请人, 代为承诺, 公开."""
    lines = paragraphs(render(TEMPLATE, values_of("x") | {n: TICKED for n in FIELDS if n.endswith("勾选")}))
    choices = [n for n, line in enumerate(lines) if "以下内容为二选一" in line]
    assert len(choices) == 3
    boxes = [n for n, line in enumerate(lines) if line.startswith(TICKED)]
    assert len(boxes) == 6
    for place, (first, second) in zip(choices, zip(boxes[::2], boxes[1::2], strict=True), strict=True):
        assert place < first < second
        assert lines[first].startswith(f"{TICKED} 1. ") and lines[second].startswith(f"{TICKED} 2. ")


def test_the_page_is_a4_upright() -> None:
    """210 by 297 mm in every section."""
    document = docx.Document(io.BytesIO(SHIPPED))
    for section in document.sections:
        assert section.page_width is not None and section.page_height is not None
        assert abs(section.page_width - Mm(210)) < Mm(0.1)
        assert abs(section.page_height - Mm(297)) < Mm(0.1)


def test_every_style_names_its_chinese_typeface() -> None:
    """Without w:eastAsia Word and WPS pick their own typeface for Chinese."""
    root = docx.Document(io.BytesIO(SHIPPED)).styles.element
    fonts = list(root.iter(qn("w:rFonts")))
    assert len(fonts) > 5
    assert all(font.get(qn("w:eastAsia")) for font in fonts)
    defaults = root.find(f"{qn('w:docDefaults')}/{qn('w:rPrDefault')}/{qn('w:rPr')}/{qn('w:rFonts')}")
    assert defaults is not None and "仿宋" in defaults.get(qn("w:eastAsia"))


def test_the_letter_keeps_all_other_parts_of_its_template() -> None:
    """Styles, settings and properties are carried over as they are."""
    from gaozhi_cli.rendering.docx_package import open_package

    before, after = open_package(SHIPPED, "模板"), open_package(render(TEMPLATE, values_of("x")), "文书")
    assert {name for name, _ in before.parts} == {name for name, _ in after.parts}
    filled = set(before.rendered_parts())
    assert all(after.part(name) == data for name, data in before.parts if name not in filled)
