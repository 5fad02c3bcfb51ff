"""What a rule of the lint is: what it looks at, what it says, and the form of its finding."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import date
from typing import NamedTuple

from gaozhi_cli.domain.catalog import Catalog, Item
from gaozhi_cli.domain.county import Office
from gaozhi_cli.domain.lint.book import Book
from gaozhi_cli.domain.vocabulary import Severity


class View(NamedTuple):
    """All that a rule may look at: the items in force on the day, their offices by code, the book."""

    catalog: Catalog
    book: Book
    day: date
    items: tuple[Item, ...]
    offices: dict[str, Office]


class Hit(NamedTuple):
    """What a rule found at an item; ``severity`` only where it is not the rule's own."""

    item: Item
    words: str
    message: str
    way_out: str
    proof: str = ""
    severity: Severity | None = None


class Rule(NamedTuple):
    """A rule: stable id, Chinese title, gravest severity, clause of the notice, and the function."""

    id: str
    title: str
    severity: Severity
    clause: str
    check: Callable[[View], Iterator[Hit]]
