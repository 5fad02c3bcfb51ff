"""核对: one character anywhere is a difference; blanks, underlines and page numbers are none."""

from __future__ import annotations

import time

from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.comparison import (
    Meant,
    Said,
    page_differences,
    paragraph_differences,
    without_page_numbers,
)

BODY = tuple(
    Said(*pair)
    for pair in (
        ("编号：示人社告承〔2026〕00001号", "编号：…"),
        ("姓名：测试甲", "姓名：…"),
        ("联系方式：13800000000", "联系方式：…"),
        ("证件编号：410182199001010030", "证件编号：…"),
        ("☐ 2. 申请人为法人或其他组织", "… 2. 申请人为法人或其他组织"),
        ("名称：________________", "名称：…"),
        ("联系方式：________________", "联系方式：…"),
        ("（二）委托代理人：", "（二）委托代理人："),
        ("姓名：测试丙", "姓名：…"),
        ("联系方式：13900000000", "联系方式：…"),
        ("1. 《示例办法》第1条规定：", "…. 《…》…规定："),
        ("（二）具体是：附材料第1页共3页；", "（二）具体是：…；"),
        ("（盖章）", "（盖章）"),
        ("____年__月__日", "____年__月__日"),
    )
)
FOOT = Said(
    without_page_numbers("{{ 文书编号 }}\t第 1 页 共 2 页").replace("{{ 文书编号 }}", "示〔2026〕00001号"),
    "…第 页",
)
MEANT = Meant(BODY, (FOOT,))
TEXTS = [said.text for said in BODY]
FEET = ["示〔2026〕00001号 第1页 共3页", "示〔2026〕00001号 第2页 共3页"]
PAGES = ["".join(TEXTS[:7]) + FEET[0], "\n".join(TEXTS[7:]) + FEET[1]]


def test_the_same_letter_with_other_blanks() -> None:
    spaced = [" ".join(text).replace("_", "") for text in TEXTS]
    assert paragraph_differences(MEANT, ["", *spaced, "　"], FEET) == ()
    assert page_differences(MEANT, PAGES) == ()
    assert page_differences(MEANT, [FEET[0] + "".join(TEXTS), FEET[1]]) == ()


@given(st.data())
@settings(max_examples=300, deadline=None)
def test_one_character_anywhere_is_a_difference(data: st.DataObject) -> None:
    """Put in, taken out or exchanged: in any paragraph, of a docx as of a PDF."""
    n = data.draw(st.integers(0, len(TEXTS) - 1))
    text = TEXTS[n].replace("_", "")
    at = data.draw(st.integers(0, len(text) - 1 if text else 0))
    if not text[at].strip():
        return
    sign = data.draw(st.sampled_from("0123456789甲乙不☑☐；。X"))
    changed = data.draw(
        st.sampled_from(
            [text[:at] + sign + text[at + 1 :], text[:at] + sign + text[at:], text[:at] + text[at + 1 :]]
        )
    )
    if changed == text:
        return
    texts = [*TEXTS[:n], changed, *TEXTS[n + 1 :]]
    found = paragraph_differences(MEANT, texts, FEET)
    assert found and BODY[n].label in "".join(found), (changed, found)
    assert page_differences(MEANT, ["".join(texts) + FEET[0]]), changed


def test_what_stands_there_besides_is_named_by_what_stands_before() -> None:
    """A character after a number, a sentence after the last: the PDF's text may hold nothing more."""
    for n in (1, 2, 5, 13):
        texts = [*TEXTS[: n + 1], "9", *TEXTS[n + 1 :]]
        assert paragraph_differences(MEANT, texts, FEET) == (f"“{BODY[n].label}”之后多出的文字",)
        assert page_differences(MEANT, ["".join(texts) + FEET[0]])
    assert paragraph_differences(MEANT, ["另", *TEXTS], FEET) == ("开头多出的文字",)
    assert page_differences(MEANT, ["另" + "".join(TEXTS) + FEET[0]]) == ("开头多出的文字",)


def test_people_exchanged() -> None:
    """Every word stands there still: applicant and agent have changed places."""
    texts = list(TEXTS)
    texts[1], texts[8] = texts[8], texts[1]
    assert "姓名：…" in paragraph_differences(MEANT, texts, FEET)
    assert "姓名：…" in page_differences(MEANT, ["".join(texts) + FEET[0]])


def test_cells_of_a_table_may_be_read_in_another_order() -> None:
    texts = [*TEXTS[:1], TEXTS[2], TEXTS[1], *TEXTS[3:]]
    assert page_differences(MEANT, ["".join(texts) + FEET[0]]) == ()


def test_page_numbers_count_only_in_the_body() -> None:
    """第N页 of the footer is whatever the paper needs; in what was promised it is what was promised."""
    assert paragraph_differences(MEANT, TEXTS, ["示〔2026〕00001号第9页共9页"]) == ()
    other = [text.replace("第1页共3页", "第2页共3页") for text in TEXTS]
    assert paragraph_differences(MEANT, other, FEET) == ("（二）具体是：…；",)
    assert "（二）具体是：…；" in page_differences(MEANT, ["".join(other) + FEET[0]])


def test_the_number_in_the_footer_counts() -> None:
    wrong = ["示〔2026〕00002号第1页共1页"]
    assert paragraph_differences(MEANT, TEXTS, wrong) == ("…第 页",)
    assert page_differences(MEANT, ["".join(TEXTS) + wrong[0]])
    assert paragraph_differences(MEANT, TEXTS, []) == ("…第 页",)
    assert page_differences(MEANT, TEXTS) == ("…第 页",)
    more = paragraph_differences(MEANT, TEXTS, [*FEET, "本承诺书作废"])
    assert more == ("页眉、页脚里多出的文字",)


def test_nothing_filled_in_is_named() -> None:
    """Differences are told in the form's words: whatever is changed, no value of either side."""
    texts = [text + "改" for text in TEXTS]
    said = "".join((*paragraph_differences(MEANT, texts, ["改"]), *page_differences(MEANT, texts)))
    assert said and not [value for value in ("测试", "138", "139", "4101", "附材料", "改") if value in said]


def test_a_file_of_very_many_paragraphs_is_not_compared_for_ever() -> None:
    start = time.monotonic()
    assert paragraph_differences(MEANT, ["（盖章）"] * 400_000, FEET)
    assert page_differences(MEANT, ["（盖章）" * 400_000])
    assert time.monotonic() - start < 20


def test_a_letter_of_nothing() -> None:
    assert page_differences(MEANT, []) and paragraph_differences(MEANT, [], [])
    assert page_differences(Meant((), ()), []) == paragraph_differences(Meant((), ()), [], []) == ()


def test_digits_of_tags_are_left_alone() -> None:
    assert (
        without_page_numbers("{{ a1 }} 第 12 页{% for x2 in y %}3")
        == "{{ a1 }} 第 \ue000 页{% for x2 in y %}\ue000"
    )
