"""Rules about one certificate under several names, checked in several ways, or issued by who asks for it."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from typing import NamedTuple

from gaozhi_cli.domain.catalog import Item, Proof
from gaozhi_cli.domain.county import Office
from gaozhi_cli.domain.lint.book import Book, Certificate
from gaozhi_cli.domain.lint.rule import Hit, View
from gaozhi_cli.domain.lint.words import asked_text, bare, proof_with, rows
from gaozhi_cli.domain.vocabulary import Method, Severity

NEVER = re.compile(r"(?!)")
REMARK_AT_END = re.compile(r"[（(][^（()）]*[）)]$")
UNVERIFIED = ("一般常识", "未核实")


class Spellings(NamedTuple):
    """All names of all certificates as one pattern, the longest first, and whose name each is."""

    anywhere: re.Pattern[str]
    at_end: re.Pattern[str]
    owners: dict[str, Certificate]

    def named(self, name: str, book: Book) -> Certificate | None:
        """The certificate that a proof's name comes to: not one only spoken of (…《…证》发放台账)."""
        for form in (bare(name, book.copies), REMARK_AT_END.sub("", bare(name, book.copies))):
            match = self.at_end.search(form)
            if match:
                return self.owners[match[1]]
        return None


def spellings(book: Book) -> Spellings:
    """The names of the book's certificates, ready to look for."""
    owners = {spelling: one for one in book.certificates for spelling in one.spellings}
    if not owners:
        return Spellings(NEVER, NEVER, owners)
    either = "|".join(map(re.escape, sorted(owners, key=len, reverse=True)))
    return Spellings(re.compile(f"({either})"), re.compile(f"({either})$"), owners)


def name_drift(view: View) -> Iterator[Hit]:
    """One certificate under several names in the 清单 (通知五（一）：明确本单位证明事项告知承诺制清单).

    Speaks at the rows that do not use the name proposed for all, once two names are in use.
    """
    known = spellings(view.book)
    used: dict[str, dict[str, list[str]]] = {}  # certificate -> its names in use -> rows
    here: list[tuple[Item, dict[str, dict[str, str]]]] = []  # item -> certificate -> its names -> proof
    for item in view.items:
        found: dict[str, dict[str, str]] = {}
        for text, proof in asked_text(item):
            for spelling in known.anywhere.findall(text):
                found.setdefault(known.owners[spelling].name, {}).setdefault(spelling, proof)
        for name, forms in found.items():
            for spelling in forms:
                used.setdefault(name, {}).setdefault(spelling, []).append(item.no)
        here.append((item, found))
    told = {
        name: "；".join(f"{spelling}（{rows(nos)}）" for spelling, nos in forms.items())
        for name, forms in used.items()
    }
    for item, found in here:
        for name, forms in found.items():
            other = {spelling: proof for spelling, proof in forms.items() if spelling != name}
            if other and len(used[name]) > 1:
                spelling, proof = next(iter(other.items()))
                yield Hit(
                    item,
                    "、".join(other),
                    f"看来是同一种证明，在清单中有 {len(used[name])} 种叫法：{told[name]}",
                    f"是同一种的，统一写“{name}”，开具单位另填；不是的，在 certificates.yaml 分开",
                    proof or proof_with(item, spelling, spelling),
                )


def method_differs(view: View) -> Iterator[Hit]:
    """The same certificate with another 核查方式 than in most rows (通知五（三）：分类确定核查办法).

    Where no way prevails, all the rows are named.
    """
    known = spellings(view.book)
    used: dict[str, dict[Method, dict[str, None]]] = {}  # certificate -> method -> rows
    asked: list[tuple[Item, Proof, str]] = []
    for item in view.items:
        for proof in item.proofs:
            certificate = known.named(proof.name, view.book)
            name = certificate.name if certificate else bare(proof.name, view.book.copies).strip("《》")
            used.setdefault(name, {}).setdefault(proof.method, {})[item.no] = None
            asked.append((item, proof, name))
    usual = {name: _usual(ways) for name, ways in used.items() if len(ways) > 1}
    told = {
        name: "，".join(f"{rows(list(used[name][method]))}为{method.label}" for method in used[name])
        for name in usual
    }
    for item, proof, name in asked:
        if name in usual and proof.method is not usual[name]:
            yield Hit(
                item,
                proof.name,
                f"同一种证明“{name}”核查方式不同：{told[name]}",
                "统一核查方式；确需不同的，在 waivers.yaml 写明理由",
                proof.id,
            )


def _usual(ways: dict[Method, dict[str, None]]) -> Method | None:
    """The method of most rows; None where two are level."""
    (first, most), (_, next_) = Counter({method: len(nos) for method, nos in ways.items()}).most_common(2)
    return first if most > next_ else None


def self_issued(view: View) -> Iterator[Hit]:
    """A proof that the handling office issues itself, where its own records would do (通知四).

    An issuer that the county states, or the printed words, is an error; general knowledge is advice.
    """
    known = spellings(view.book)
    for item in view.items:
        office = view.offices[item.office]
        for proof in item.proofs:
            for issuer, source, sure in _issuers(proof, known, view.book):
                if is_office(issuer, office):
                    told = "看来就是" if sure else "可能就是"
                    yield Hit(
                        item,
                        proof.name,
                        f"“{proof.name}”{told}承办单位自己出具的（{source}）",
                        "改由本单位内部核查，不再列为要申请人提交的证明；开具单位不对的，填写 issuer 更正",
                        proof.id,
                        None if sure else Severity.ADVICE,
                    )
                    break


def _issuers(proof: Proof, known: Spellings, book: Book) -> Iterator[tuple[str, str, bool]]:
    """Who is said to issue a proof, from where, and whether that is sure: the county, the printed words.

    What the book knows of the certificate counts only where the county has said nothing.
    """
    if proof.issuer:
        source = proof.issuer_source or "县里填写的开具单位"
        general = proof.issuer.rstrip("）)").endswith("部门")  # any level's, not surely this office
        yield proof.issuer, source, not general and not any(word in source for word in UNVERIFIED)
    for words in book.issuers:
        if words.text in proof.name:
            yield words.issuer, words.source, True
    certificate = None if proof.issuer else known.named(proof.name, book)
    if certificate is not None and certificate.issuer:
        yield certificate.issuer, certificate.source, certificate.verified


def is_office(issuer: str, office: Office) -> bool:
    """Whether an issuer as written is this office: by code, name, short name, or a part of its name.

    水利部门 is 水利局.
    """
    issuer = REMARK_AT_END.sub("", issuer.strip())
    core = issuer.removesuffix("部门")
    if core == office.code or core in office.short or office.name in core:
        return True
    if core != issuer and len(core) >= 2 and any(short.startswith(core) for short in office.short):
        return True
    enough = 3 if office.name.endswith(core) else 4
    return len(core) >= enough and core in office.name
