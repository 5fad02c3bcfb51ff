"""Rules about what each proof must have before it may be promised: 依据, 核查时间, 核查标准."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from gaozhi_cli.domain.catalog import Basis, Item, Proof
from gaozhi_cli.domain.check_plan import CheckPlan
from gaozhi_cli.domain.lint.rule import Hit, View
from gaozhi_cli.domain.lint.words import each, names
from gaozhi_cli.domain.planning import plan_for, unplanned
from gaozhi_cli.domain.vocabulary import Method


def missing_basis(view: View) -> Iterator[Hit]:
    """设定证明的依据 of every proof, its own or its item's (附件2 二（三）)."""
    return _missing(
        view,
        lambda item, proof: bool(proof.basis or item.basis),
        "没有设定证明的依据",
        "在 basis 写明法律、条款和原文，没有核对过原文的不要写；没有依据的，不得要求这项证明",
    )


def basis_level(view: View) -> Iterator[Hit]:
    """证明 may be asked only where 法律法规或者国务院决定 ask for it (通知五（二）): no lesser document."""
    for item in view.items:
        told: set[str] = set()
        for basis, proof in _bases(item):
            found = next(each(view.book.not_law, basis.law), None)
            if found is not None and basis.law not in told:
                told.add(basis.law)
                yield Hit(
                    item,
                    basis.law,
                    f"依据“{basis.law}”不是法律、法规或者国务院决定：{found.why}",
                    "写出法律、法规或者国务院决定的条文；没有的，不得要求这项证明",
                    proof,
                )


def _bases(item: Item) -> Iterator[tuple[Basis, str]]:
    yield from ((basis, "") for basis in item.basis)
    for proof in item.proofs:
        yield from ((basis, proof.id) for basis in proof.basis)


def missing_period(view: View) -> Iterator[Hit]:
    """明确核查时间 of every proof that is checked (通知五（三）)."""
    return _missing(
        view,
        lambda item, proof: not unplanned(plan_for(proof, item, view.catalog, view.day)),
        "没有核查期限",
        "在 verification 或者 parameters.yaml 写明期限和出处",
    )


def missing_standard(view: View) -> Iterator[Hit]:
    """明确核查标准 of every proof that is checked (通知五（三）)."""
    return _missing(
        view,
        lambda item, proof: _has_standard(plan_for(proof, item, view.catalog, view.day)),
        "没有核查标准",
        "在 standard 写明核对什么、怎样算符合",
    )


def _has_standard(plan: CheckPlan) -> bool:
    return plan.method is Method.EXEMPT or bool(plan.standard)


def _missing(view: View, has: Callable[[Item, Proof], bool], what: str, way_out: str) -> Iterator[Hit]:
    """One finding per item, naming its proofs."""
    for item in view.items:
        bare = [proof for proof in item.proofs if not has(item, proof)]
        if bare:
            proof = bare[0].id if len(bare) == 1 else ""
            yield Hit(item, names(bare), f"{names(bare)}{what}", way_out, proof)
