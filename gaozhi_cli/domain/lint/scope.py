"""Rules about what belongs in the 清单: the exclusions of 通知四, law that moved on, rows listed twice."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from gaozhi_cli.domain.catalog import Item, asked
from gaozhi_cli.domain.lint.book import LawChange
from gaozhi_cli.domain.lint.rule import Hit, View
from gaozhi_cli.domain.lint.words import asked_text, cited, each, matter_text, names, proof_with, rows
from gaozhi_cli.domain.vocabulary import Severity

PLAIN = str.maketrans({"(": "（", ")": "）", ",": "，", ";": "；", ":": "：", " ": None})


def exclusion(view: View) -> Iterator[Hit]:
    """直接涉及公共安全…的证明事项不适用告知承诺制 (通知四): an assessment of every proof that comes near.

    A proof that the county itself found excluded must not stay in the 清单.
    """
    for item in view.items:
        for proof in item.proofs:
            if proof.assessment is not None and proof.assessment.excluded:
                yield Hit(
                    item,
                    proof.name,
                    f"“{proof.name}”经评估属于不适用告知承诺制的证明（{proof.assessment.area}），却仍列在清单中",
                    "停用本事项或者移出这项证明；评估有误的，重新评估",
                    proof.id,
                    Severity.ERROR,
                )
        waiting = [proof for proof in item.proofs if proof.assessment is None]
        text = "\n".join((matter_text(item), *(words for words, _ in asked_text(item))))
        found = next(each(view.book.areas, text), None) if waiting else None
        if found is not None:
            yield Hit(
                item,
                found.text,
                f"“{found.text}”接近“{found.area}”，{names(waiting)}没有写明为何可以适用告知承诺：{found.why}",
                "在 assessment 写明评估结论、领域、理由、评估人和日期",
                waiting[0].id if len(waiting) == 1 else "",
            )


def overtaken(view: View) -> Iterator[Hit]:
    """清单适时动态调整 (规程一): an item or proof whose law has changed since."""
    return _by_law(view, view.book.changes)


def two_regimes(view: View) -> Iterator[Hit]:
    """A matter that a law already puts under a commitment of its own (通知五（三）)."""
    return _by_law(view, view.book.regimes)


def _by_law(view: View, changes: Sequence[LawChange]) -> Iterator[Hit]:
    """Items that have the words of a law in force on the day; unverified law only advises."""
    begun = [change for change in changes if change.since <= view.day]
    for item in view.items:
        texts = [(matter_text(item), ""), *asked_text(item)]
        for change in begun:
            found = [(w, proof, t) for t, proof in texts for w in change.words if w in t]
            if not found:
                continue
            word, proof, text = found[0]
            law = "、".join(cited(basis) for basis in change.citations)
            sure = "" if change.verified else "（未核实）"
            yield Hit(
                item,
                word,
                f"{change.message}{f'（{law}）' if law else ''}{sure}",
                change.way_out,
                proof or ("" if text == matter_text(item) else proof_with(item, word, word)),
                None if change.verified else Severity.ADVICE,
            )


def duplicate(view: View) -> Iterator[Hit]:
    """The same matter of an office with the same proofs in two rows (通知五（一）)."""
    first: dict[tuple[str, str, str], Item] = {}
    for item in view.items:
        before = first.setdefault((item.office, _plain(item.matter), _plain(asked(item.tree))), item)
        if before is not item:
            message = f"与第 {before.no} 行重复：单位、事项、证明都相同"
            yield Hit(item, item.matter, message, "删去其中一行，或者写明两行的分别")


def split_matter(view: View) -> Iterator[Hit]:
    """One matter of an office in several rows with different proofs (通知五（一）)."""
    together: dict[tuple[str, str], dict[str, list[Item]]] = {}
    for item in view.items:
        forms = together.setdefault((item.office, _plain(item.matter)), {})
        forms.setdefault(_plain(asked(item.tree)), []).append(item)
    for forms in together.values():
        if len(forms) > 1:
            items = [same[0] for same in forms.values()]
            message = f"同一事项“{items[0].matter}”分列在 {rows([item.no for item in items])}"
            for item in items:
                yield Hit(item, item.matter, message, "合并成一行，证明逐项列出")


def _plain(text: str) -> str:
    """A name without blanks, in full-width signs: what a reader takes for the same."""
    return text.translate(PLAIN)
