"""The rules of the 清单's lint in order, and running them all (通知五（一）)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from gaozhi_cli.domain.catalog import Catalog, in_force
from gaozhi_cli.domain.lint import certificates, logic, plan, printing, scope, wording
from gaozhi_cli.domain.lint.book import Book, Finding, Waiver
from gaozhi_cli.domain.lint.rule import Hit, Rule, View
from gaozhi_cli.domain.lint.words import cited
from gaozhi_cli.domain.vocabulary import Severity

ERROR, WARNING, ADVICE = Severity.ERROR, Severity.WARNING, Severity.ADVICE
RULES = (
    Rule("vague", "模糊表述、兜底条款", ERROR, "通知五（一）", wording.vague),
    Rule("not-a-proof", "不是证明", ERROR, "通知四", wording.not_a_proof),
    Rule("self-issued", "承办单位自己出具", ERROR, "通知四", certificates.self_issued),
    Rule("overtaken", "法律已经变化", ERROR, "规程一", scope.overtaken),
    Rule("duplicate", "重复的行", ERROR, "通知五（一）", scope.duplicate),
    Rule("missing-basis", "没有设定依据", ERROR, "附件2 二（三）", plan.missing_basis),
    Rule("basis-level", "依据的层级不够", ERROR, "通知五（二）", plan.basis_level),
    Rule("missing-period", "没有核查期限", ERROR, "通知五（三）", plan.missing_period),
    Rule("missing-standard", "没有核查标准", ERROR, "通知五（三）", plan.missing_standard),
    Rule("exclusion", "接近不适用的领域", WARNING, "通知四", scope.exclusion),
    Rule("unclear-logic", "没有写明都要还是任选", WARNING, "通知五（一）", logic.unclear_logic),
    Rule("method-pairing", "几种核查方式没有对应", WARNING, "通知五（三）", printing.method_pairing),
    Rule("method-synonym", "核查方式的别名", WARNING, "通知五（四）", printing.method_synonym),
    Rule("method-differs", "同一证明核查方式不同", WARNING, "通知五（三）", certificates.method_differs),
    Rule("name-drift", "一种证明几种叫法", WARNING, "通知五（一）", certificates.name_drift),
    Rule("brackets", "括号不成对", WARNING, "附件1", printing.brackets),
    Rule("half-width", "半角标点", ADVICE, "附件1", printing.half_width),
    Rule("copy-asked", "要的是复印件", ADVICE, "通知四", wording.copy_asked),
    Rule("event-name", "事项名称是一件事", ADVICE, "通知三", wording.event_name),
    Rule("split-matter", "同一事项分成几行", ADVICE, "通知五（一）", scope.split_matter),
    Rule("two-regimes", "法律另有承诺制度", ADVICE, "通知四", scope.two_regimes),
)
NEED_CITATION = ("vague", "name-drift")  # only law can excuse wording: such a waiver cites it
GRAVEST_FIRST = list(Severity)


def check(catalog: Catalog, book: Book, day: date) -> list[Finding]:
    """Every finding for the items in force on ``day``, by severity, rule and row; waivers applied."""
    items = tuple(item for item in catalog.items if in_force(item, catalog, day))
    view = View(catalog, book, day, items, {office.code: office for office in catalog.offices})
    place = {item.id: number for number, item in enumerate(items)}
    clauses = {rule.id: rule.clause for rule in RULES}
    for rule_id, basis in book.grounds:
        clauses[rule_id] = f"{clauses[rule_id]}；{cited(basis)}"
    waivers = _by_place(book)
    findings = [
        _with_waiver(finding, waivers, day)
        for rule in RULES
        for finding in _findings(rule, view, clauses[rule.id])
    ]
    order = {rule.id: number for number, rule in enumerate(RULES)}
    findings.sort(key=lambda f: (GRAVEST_FIRST.index(f.severity), order[f.rule], place[f.item]))
    return findings


def _findings(rule: Rule, view: View, clause: str) -> Iterator[Finding]:
    return (_finding(rule, hit, clause) for hit in rule.check(view))


def _finding(rule: Rule, hit: Hit, clause: str) -> Finding:
    item, severity = hit.item, hit.severity or rule.severity
    return Finding(
        rule.id,
        severity,
        item.id,
        item.no,
        item.office,
        hit.words,
        hit.message,
        clause,
        hit.way_out,
        hit.proof,
    )


def _by_place(book: Book) -> dict[tuple[str, str], list[Waiver]]:
    """Waivers by rule and by the item or proof they name."""
    waivers: dict[tuple[str, str], list[Waiver]] = {}
    for waiver in book.waivers:
        for rule in waiver.rules:
            for place in waiver.items:
                waivers.setdefault((rule, place), []).append(waiver)
    return waivers


def _with_waiver(finding: Finding, waivers: dict[tuple[str, str], list[Waiver]], day: date) -> Finding:
    """The finding with the waiver that covers its words: an accepted one first, else one proposed."""
    near = [
        waiver for place in (finding.item, finding.proof) for waiver in waivers.get((finding.rule, place), ())
    ]
    covering = [w for w in near if not w.words or finding.words in w.words]
    accepted = [w for w in covering if w.accepted and w.day is not None and w.day <= day]
    waiver = next(iter(accepted or covering), None)
    if waiver is None:
        return finding
    return finding._replace(waiver=waiver.id, waived=bool(accepted))
