"""Looking for words in printed text: phrases, patterns with exceptions, lists of rows. No rule in here."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import lru_cache

from gaozhi_cli.domain.catalog import Basis, Item, Proof
from gaozhi_cli.domain.lint.book import Wording

NUMBER = (
    r"(?:\d{1,2}[.．、](?!\d)|\d{1,2}[)）]|[(（]\d{1,2}[)）]|[①-⑳]|[(（][一二三四五六七八九十]{1,2}[)）])"
)
NUMBERING = re.compile(rf"(?:^|(?<=[；;。，,：:\s])){NUMBER}\s*")
PHRASES = re.compile(rf"(?:^|(?<=[；;。，,：:\s])){NUMBER}\s*|[；;。，,：:\n]\s*")
GAP = "[^；;。，,：:\n]{0,12}?"  # what a * in a pattern stands for
TAILS = ("原件", "正本", "副本")  # what may follow a certificate's name without making another of it
MOST = 8  # rows or proofs named in one message, so that findings stay short in a long catalog


def phrases(text: str) -> list[str]:
    """The pieces of a cell between numbers and punctuation, as they are printed."""
    return [piece for piece in map(str.strip, PHRASES.split(text)) if piece]


def holds(wording: Wording, text: str) -> bool:
    """Whether the text has the word outside its exceptions."""
    if "*" not in wording.text and wording.text not in text:
        return False
    return any(match[1] for match in _pattern(wording.text, wording.exceptions).finditer(text))


@lru_cache(maxsize=4096)
def _pattern(text: str, exceptions: tuple[str, ...]) -> re.Pattern[str]:
    """Exceptions are tried first and swallow the word they hold."""
    longest_first = sorted(exceptions, key=len, reverse=True)
    return re.compile("|".join([*map(_wild, longest_first), f"({_wild(text)})"]))


def _wild(text: str) -> str:
    return GAP.join(re.escape(part) for part in text.split("*"))


def asked_text(item: Item) -> list[tuple[str, str]]:
    """The words that ask for the proofs with the proof's id: the printed cell, else the proofs' names."""
    if item.printed is not None:
        return [(item.printed.proofs, "")]
    return [(proof.name, proof.id) for proof in item.proofs]


def matter_text(item: Item) -> str:
    """The matter as printed, else as structured."""
    return item.printed.matter if item.printed is not None else item.matter


def proof_with(item: Item, phrase: str, word: str = "") -> str:
    """The id of the proof that a printed phrase speaks of; empty where that cannot be told."""
    proofs = item.proofs
    near = [proof for proof in proofs if proof.name in phrase or phrase in proof.name]
    if len(near) == 1:
        return near[0].id
    having = [proof for proof in near or proofs if word and word in proof.name]
    return having[0].id if having else ""


def bare(name: str, copies: Sequence[Wording] = ()) -> str:
    """A proof's name without 复印件, 原件 and the like at its end."""
    tails = (*TAILS, *(copy.text for copy in copies))
    while True:
        tail = next((tail for tail in tails if name.endswith(tail) and name != tail), "")
        if not tail:
            return name
        name = name.removesuffix(tail).rstrip("的（(")


def rows(nos: Sequence[str]) -> str:
    """Row numbers for a message: 38–40、42–45 行, the first few of many."""
    runs: list[list[str]] = []
    for no in nos:
        last = runs[-1][-1] if runs else ""
        if no.isdecimal() and last.isdecimal() and int(no) == int(last) + 1:
            runs[-1].append(no)
        elif no != last:
            runs.append([no])
    told = "、".join(run[0] if len(run) == 1 else f"{run[0]}–{run[-1]}" for run in runs[:MOST])
    return f"{told} 行" if len(runs) <= MOST else f"{told} 等 {len(nos)} 行"


def names(proofs: Sequence[Proof]) -> str:
    """Proofs by name for a message, the first few of many."""
    told = "、".join(proof.name for proof in proofs[:MOST])
    return told if len(proofs) <= MOST else f"{told} 等 {len(proofs)} 项"


def cited(basis: Basis) -> str:
    """《法律》（版本）第…条 for a message."""
    version = f"（{basis.version}）" if basis.version else ""
    return f"《{basis.law}》{version}{basis.place}"


def each(wordings: Sequence[Wording], text: str) -> Iterator[Wording]:
    """The wordings that the text has."""
    return (wording for wording in wordings if holds(wording, text))
