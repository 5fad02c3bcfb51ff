"""One contract for items in memory and items read from the index: both answer the same (通知五（一）)."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gaozhi_cli.domain.catalog import Catalog, Items, folded, search_text
from gaozhi_cli.storage.catalog_index import StoredItems, open_catalog
from gaozhi_cli.storage.home import Home
from tests.conftest import ROOT

HEAD = 'version: "1"\ntitle: 测试清单\nsource: 虚构\neffective: "2026-01-01"\n'
ODD = [
    '100%_合格证明',
    "O'Brien “引号” \"双引号\"",
    "反\\斜\\杠 \\n",
    "𠮷野家㛃",
    "İstanbul ẞ ǅ Σς",
    "' OR 1=1; DROP TABLE items; --",
    "{{ 模板 }} &amp; <b>",
    "=1+1",
    "①㎡Ⅱ ｶﾅ",
    "e\u0301 é",
    "👨‍👩‍👧 家庭",
    "长" * 500,
]  # fmt: skip
Pair = tuple[Items, Items, Catalog]


def text(document: dict[str, Any]) -> str:
    """A document as JSON, which is YAML in quotes."""
    return json.dumps(document, ensure_ascii=False)


def odd_county(home: Path) -> Path:
    """A county without the shipped data, whose words hold every character that a query could stumble on."""
    items = [
        {
            "id": f"aa-{n:02}" if n % 2 else f"bb-{n:02}",
            "no": str(n) if n % 3 else f"{n}-甲",
            "matter": f"事项 {word}",
            "code": f"XN{n:04}",
            "proofs": {"all": [
                {"id": f"{'aa' if n % 2 else 'bb'}-{n:02}.1", "name": word, "method": "在线核查"},
                {"id": f"{'aa' if n % 2 else 'bb'}-{n:02}.2", "name": f"证明{n}", "method": "免于核查"},
            ]},
        }
        for n, word in enumerate(ODD, start=1)
    ]  # fmt: skip
    offices = [
        {"code": "AA", "name": "测试%局", "short": ["甲_局", "O'局"]},
        {"code": "BB", "name": "İ 登记中心"},
        {"code": "CC", "name": "没有事项的局"},
    ]
    (home / "catalog" / "items").mkdir(parents=True)
    files = {
        "catalog": HEAD,
        "county": "name: 测试县\nextends: none\n",
        "offices": text({"offices": offices}),
        "items/aa": text({"office": "AA", "items": items[::2]}),
        "items/bb": text({"office": "BB", "items": items[1::2]}),
    }
    for name, written in files.items():
        (home / "catalog" / f"{name}.yaml").write_text(written, encoding="utf-8")
    return home


def shipped(home: Path) -> Path:
    """Nothing laid over."""
    return home


def complete(home: Path) -> Path:
    """The complete fixture county."""
    return Path(shutil.copytree(ROOT / "tests" / "homes" / "complete", home / "complete"))


@pytest.fixture(scope="module", params=[shipped, complete, odd_county], ids=lambda make: make.__name__)
def pair(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Pair:
    """The items as stored, the same in memory, and the catalog; the stored ones come from the kept index."""
    make: Callable[[Path], Path] = request.param
    home = Home(make(tmp_path_factory.mktemp("home")))
    open_catalog(home)
    catalog = open_catalog(home)
    assert isinstance(catalog.items, StoredItems)
    kept = open_catalog(home).items
    return catalog.items, Items(kept.everything()), catalog


def places(items: Items, found: Any) -> list[int]:
    """Where the items found stand: the same items, in the same order."""
    order = {item.id: place for place, item in enumerate(items)}
    return [order[item.id] for item in found]


def test_all_of_them_in_one_order(pair: Pair) -> None:
    """Length, iteration, places from either end, slices, membership, the way back."""
    stored, memory, _ = pair
    assert len(stored) == len(memory) > 10
    assert list(stored) == list(memory) == list(stored.everything())
    assert stored[0] == memory[0] and stored[-1] == memory[-1]
    assert tuple(stored[2:9:3]) == tuple(memory[2:9:3])
    assert list(reversed(stored)) == list(reversed(memory))
    assert memory[3] in stored and stored.index(memory[3]) == 3 and stored.count(memory[3]) == 1
    assert memory[3]._replace(no="没有") not in stored
    with pytest.raises(IndexError):
        stored[len(memory)]
    assert stored == memory and memory == stored and hash(stored) == hash(memory)
    assert stored != Items(memory[1:]) and stored != list(memory)


def test_each_is_found_by_its_id_and_row(pair: Pair) -> None:
    """Exactly as written: no case, width or pattern is guessed at this level."""
    stored, memory, _ = pair
    for item in memory:
        for id_ in (item.id, item.id.upper(), f" {item.id}", item.id[:-1], f"{item.id}%"):
            assert stored.by_id(id_) == memory.by_id(id_)
        for no in (item.no, f"{item.no} ", f"0{item.no}", "_"):
            assert stored.by_no(no) == memory.by_no(no)
        assert stored.by_id(item.id) == item and item in stored.by_no(item.no)
    for nothing in ("", "%", "_", "'", "\\", "\x00", "null"):
        assert stored.by_id(nothing) is memory.by_id(nothing) is None
        assert stored.by_no(nothing) == memory.by_no(nothing) == []


def test_an_office_has_its_items(pair: Pair) -> None:
    """By code as written, in printed order; none of one without items."""
    stored, memory, catalog = pair
    for code in (*(office.code for office in catalog.offices), "rs", "ZZ", "", "%", "RS "):
        assert stored.of_office(code) == memory.of_office(code)
    whole = [item for office in catalog.offices for item in stored.of_office(office.code)]
    assert sorted(places(stored, whole)) == list(range(len(memory)))


@pytest.mark.parametrize(
    "words",
    [
        (),
        ("",),
        ("营业执照",),
        ("营业执照", "取水"),
        ("取", "水"),
        ("sydj",),
        ("xn0001",),
        ("%",),
        ("_",),
        ("100%_",),
        ("'",),
        ('"',),
        ("\\",),
        ("\\n",),
        ("or 1=1",),
        ("drop table",),
        ("甲_局",),
        ("o'局",),
        ("登记中心",),
        ("𠮷",),
        ("㛃",),
        ("①",),
        ("ｶ",),
        ("e\u0301",),
        ("é",),
        ("家庭", "👧"),
        ("ς",),
        ("σ",),
        ("i̇",),
        ("长" * 500,),
        ("长" * 501,),
        ("证明1\n证明",),
        ("\x00",),
        ("没有这样的字",),
    ],
)
def test_words_are_looked_for_as_they_are(pair: Pair, words: tuple[str, ...]) -> None:
    """All the words, each anywhere; signs of SQL and of patterns are characters like any other."""
    stored, memory, catalog = pair
    found = memory.holding(words, catalog.offices)
    assert stored.holding(words) == stored.holding(words, catalog.offices) == found
    names = {office.code: office for office in catalog.offices}
    told = [i for i in memory if all(folded(word) in search_text(i, names[i.office]) for word in words)]
    assert found == told


@settings(deadline=None, max_examples=60, database=None)
@given(data=st.data())
def test_any_words_lead_to_the_same_items(pair: Pair, data: st.DataObject) -> None:
    """Pieces of what is there, and any other text in lower case."""
    stored, memory, catalog = pair
    names = {office.code: office for office in catalog.offices}
    texts = [search_text(item, names[item.office]) for item in memory]

    def piece() -> str:
        text = data.draw(st.sampled_from(texts))
        start = data.draw(st.integers(0, len(text) - 1))
        return text[start : start + data.draw(st.integers(1, 4))]

    words = [
        piece() if data.draw(st.booleans()) else data.draw(st.text(max_size=3)).lower()
        for _ in range(data.draw(st.integers(1, 3)))
    ]
    assert stored.holding(words) == memory.holding(words, catalog.offices)


def test_words_in_capitals_mean_the_same_to_both(pair: Pair) -> None:
    """search_text is in lower case: a word is either lowered by both or by the caller."""
    stored, memory, catalog = pair
    code = memory[0].office
    assert stored.holding((code,)) == memory.holding((code,), catalog.offices)


def test_very_many_words_are_no_fault(pair: Pair) -> None:
    """A page pasted into --search: nothing found, no internal fault."""
    stored, memory, catalog = pair
    words = [f"词{n}" for n in range(1500)]
    assert stored.holding(words) == memory.holding(words, catalog.offices) == []


def test_stored_items_read_nothing_they_are_not_asked_for(pair: Pair) -> None:
    """A province lists 10,000: one item is read without the others."""
    stored = StoredItems(pair[0]._connection)  # type: ignore[attr-defined]
    assert stored.by_id(pair[1][0].id) == pair[1][0] and len(stored) == len(pair[1])
    assert stored._all is None
