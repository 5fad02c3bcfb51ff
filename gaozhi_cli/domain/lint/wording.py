"""Rules about what the words ask for: vague, no 证明 at all, a copy, an event instead of a matter."""

from __future__ import annotations

import re
from collections.abc import Iterator

from gaozhi_cli.domain.catalog import Item
from gaozhi_cli.domain.lint.rule import Hit, View
from gaozhi_cli.domain.lint.words import asked_text, each, matter_text, phrases, proof_with

REMARK = re.compile(r"[（(][^（()）]*[）)]")


def vague(view: View) -> Iterator[Hit]:
    """要可量化、易操作，不含模糊表述或者兜底条款 (通知五（一）): proofs, 证明的内容, 核查标准."""
    for item in view.items:
        for text, proof in _required(item):
            for phrase in dict.fromkeys(phrases(text)):
                found = list(each(view.book.vague, phrase))
                if found:
                    words = "、".join(f"“{wording.text.replace('*', '…')}”" for wording in found)
                    why = "；".join(dict.fromkeys(wording.why for wording in found))
                    yield Hit(
                        item,
                        phrase,
                        f"“{phrase}”含有{words}：{why}",
                        "改写成能看出是哪一种材料的名称；文字沿用法律法规的，在 waivers.yaml 写明条文",
                        proof or proof_with(item, phrase, found[0].text),
                    )


def _required(item: Item) -> Iterator[tuple[str, str]]:
    """The words that set requirements, with the proof's id."""
    yield from asked_text(item)
    for line in item.content:
        yield line, ""
    for proof in item.proofs:
        for line in (*proof.content, proof.standard):
            yield line, proof.id


def not_a_proof(view: View) -> Iterator[Hit]:
    """证明 is issued by 行政机关或者其他机构 (通知四): no words of the applicant's own, no contract."""
    way_out = "移出清单，改作申请材料；或者写明由哪个机关、机构出具（issuer）"
    for item in view.items:
        told: set[str] = set()
        for text, proof in asked_text(item):
            for phrase in dict.fromkeys(phrases(text)):
                found = next(each(view.book.not_proofs, phrase), None)
                if found is not None:
                    id_ = proof or proof_with(item, phrase, found.text)
                    told.add(id_)
                    named = f"“{phrase}”" if phrase.endswith(found.text) else f"“{phrase}”里的“{found.text}”"
                    yield Hit(item, phrase, f"{named}不是通知所称的证明：{found.why}", way_out, id_)
        for leaf in item.proofs:
            if leaf.id not in told and leaf.issuer.startswith(view.book.applicants):
                message = f"“{leaf.name}”不是通知所称的证明：开具单位写的是“{leaf.issuer}”"
                yield Hit(item, leaf.name, message, way_out, leaf.id)


def copy_asked(view: View) -> Iterator[Hit]:
    """A letter replaces the proof, not a copy of it (通知四：不再索要有关证明)."""
    for item in view.items:
        for text, proof in asked_text(item):
            for phrase in dict.fromkeys(phrases(text)):
                found = next(each(view.book.copies, phrase), None)
                if found is not None:
                    yield Hit(
                        item,
                        phrase,
                        f"“{phrase}”要的是{found.text}：{found.why}",
                        f"只写证明的名称，不写“{found.text}”",
                        proof,
                    )


def event_name(view: View) -> Iterator[Hit]:
    """行政事项 is handled on application (通知三): its name should say an act, not an event."""
    for item in view.items:
        matter = matter_text(item)
        core = REMARK.sub("", matter).strip()
        for wording in view.book.events:
            if core.endswith(wording.text):
                message = f"“{matter}”说的是一件事，不是办理的行政事项：{wording.why}"
                way_out = "按政务服务事项的名称改写，写明申请办理什么"
                yield Hit(item, matter, message, way_out)
                break
