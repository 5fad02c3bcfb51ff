"""A draw from the ledger to the published files and back: frozen, published, drawn, replayed by strangers."""

from __future__ import annotations

import csv
import json
import shutil
import subprocess
import sys
from collections.abc import Iterator
from datetime import date, timedelta
from fractions import Fraction
from pathlib import Path

import pytest

from gaozhi_cli.domain.journal import Occasion
from gaozhi_cli.domain.problem import BadInput, NotReady, Refused
from gaozhi_cli.domain.supervision import Draw, Inspector, Rate
from gaozhi_cli.domain.vocabulary import Method
from gaozhi_cli.services.plan_draw import Seed, plan_draw
from gaozhi_cli.services.publish_draw import publish_draw
from gaozhi_cli.services.run_draw import Drawn, run_draw
from gaozhi_cli.services.verify_draw import verify_draw
from gaozhi_cli.storage.draws import Wanted, draws, find_draw, picks
from gaozhi_cli.storage.fairness import counts_by_item
from gaozhi_cli.storage.verify import verify
from tests.builders import CITIZEN, TODAY, an_id_number, an_occasion
from tests.conftest import ROOT
from tests.services.course import Course

BEFORE, YESTERDAY = TODAY - timedelta(days=4), TODAY - timedelta(days=1)
SEED_DAY = date(2026, 12, 1)
SEED = "02 09 15 20 27 31 08"
PEOPLE = (
    Inspector("李核查", "SC"),
    Inspector("王核查"),
    Inspector("赵核查", "", frozenset({"SC-2026-00002"})),
)
RATE = Rate(Fraction(1, 2), 0, "虚构的文件")


@pytest.fixture(scope="module")
def template(tmp_path_factory: pytest.TempPathFactory) -> Course:
    """Four exempt cases accepted, one withdrawn later, one of today."""
    course = Course(tmp_path_factory.mktemp("draws") / "county")
    for n in range(6):
        person = CITIZEN | {"name": f"测试{n}", "id_number": an_id_number(f"4101821990010100{n}")}
        day = an_occasion(TODAY if n == 5 else BEFORE)
        accepted(course, person, day)
    return course


def accepted(course: Course, person: dict[str, str], day: Occasion) -> str:
    """A case for which nothing is checked, accepted on a day."""
    number = course.draw_up("64", person, day)
    course.make(number)
    course.sign(number, day)
    course.accept(number, day)
    return number


@pytest.fixture
def county(template: Course, tmp_path: Path) -> Iterator[Course]:
    """The same county to draw in."""
    course = template.copied(tmp_path / "county")
    yield course  # type: ignore[misc]
    course.ledger.close()


def planned(county: Course, **changes: object) -> Draw:
    """A frozen pool."""
    given: dict[str, object] = {
        "wanted": Wanted(YESTERDAY), "inspectors": PEOPLE, "team": 2, "rules": (), "rate": RATE,
        "seed": Seed("虚构的开奖号码", SEED_DAY), "occasion": an_occasion(),
    }  # fmt: skip
    return plan_draw(
        catalog=county.catalog, ledger=county.ledger, draws=county.home / "draws", **(given | changes)
    )  # type: ignore[arg-type]


def published(county: Course, draw: Draw, on: date = TODAY) -> Draw:
    """Its publication recorded."""
    return publish_draw(draw.id, "示例网站", on, ledger=county.ledger, occasion=an_occasion(on))


def run(county: Course, draw: Draw, seed: str = SEED, day: date = SEED_DAY) -> Drawn:
    """The draw."""
    return run_draw(
        draw.id, seed, ledger=county.ledger, occasion=an_occasion(day), draws=county.home / "draws"
    )


def test_a_draw_from_beginning_to_end(county: Course, tmp_path: Path) -> None:
    """Pool, publication, seed, picks, checks; the ledger whole; a stranger's script draws the same."""
    draw = planned(county)
    folder = county.home / "draws" / draw.id
    listed = [row["number"] for row in csv.DictReader((folder / "pool.csv").open(encoding="utf-8"))]
    assert listed == [f"SC-2026-{n:05d}" for n in range(1, 6)], "accepted by yesterday, in order"
    assert (draw.pool_rows, draw.state) == (5, "planned")
    published(county, draw)
    done = run(county, draw)
    assert (done.draw.picks, done.checks) == (3, 3)
    kept = list(picks(county.ledger, draw.id))
    assert kept == list(done.picks) and all(len(p.inspectors.split("、")) == 2 for p in kept)
    assert not any(p.number == "SC-2026-00002" and "赵核查" in p.inspectors for p in kept)
    for pick in kept:
        (check,) = county.ledger.checks_of(pick.number)
        assert (check.origin, check.method, check.due_on) == ("drawn", "onsite", None)
        assert check.inspectors == pick.inspectors and check.assignee == pick.inspectors.split("、")[0]
    assert verify(county.ledger).faults == ()
    taken = Path(shutil.copytree(folder, tmp_path / "taken home"))
    again = verify_draw(taken, SEED)
    assert again.picks == done.picks
    script = [sys.executable, "-I", str(ROOT / "tests" / "independent_draw.py"), str(taken)]
    told = subprocess.run(script, capture_output=True, encoding="utf-8", timeout=60)
    assert (told.returncode, told.stdout.strip()) == (0, "3"), told.stderr
    publish_draw(draw.id, "示例网站", SEED_DAY, ledger=county.ledger, occasion=an_occasion(SEED_DAY))
    assert find_draw(county.ledger, draw.id).state == "announced"


@pytest.mark.parametrize("name", ["pool.csv", "inspectors.csv", "plan.json", "result.csv", "result.json"])
def test_one_byte_altered_is_found(county: Course, name: str) -> None:
    """In any file, at any place: by the program, and by the independent script."""
    draw = planned(county)
    published(county, draw)
    run(county, draw)
    path = county.home / "draws" / draw.id / name
    whole = path.read_bytes()
    for place in range(0, len(whole), max(1, len(whole) // 23)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
        with pytest.raises(BadInput):
            verify_draw(path.parent, SEED, find_draw(county.ledger, draw.id))
    script = [sys.executable, "-I", str(ROOT / "tests" / "independent_draw.py"), str(path.parent)]
    if name != "result.json":  # nothing says in which year a year's last digit was altered
        assert subprocess.run(script, capture_output=True, timeout=60).returncode != 0


def test_an_altered_pool_draws_nothing(county: Course) -> None:
    """Before the draw: the pool is the one that was published, or nothing happens."""
    draw = published(county, planned(county))
    folder = county.home / "draws" / draw.id
    path = folder / "pool.csv"
    path.write_text(path.read_text("utf-8").replace("SC-2026-00003,sc-64\n", ""), "utf-8")
    with pytest.raises(BadInput, match="改动过"):
        run(county, draw)
    (folder / "plan.json").write_text("{}", "utf-8")
    with pytest.raises(BadInput):
        run(county, draw)
    path.unlink()
    (folder / "inspectors.csv").unlink()
    with pytest.raises(BadInput):
        run(county, draw)
    assert find_draw(county.ledger, draw.id) == draw and not list(folder.glob("result*"))


def test_the_order_is_kept(county: Course) -> None:
    """Not drawn before it is published, nor before the seed's day, nor twice; no pool of today."""
    draw = planned(county)
    with pytest.raises(Refused, match="还没有公布"):
        run(county, draw)
    with pytest.raises(Refused, match="在此之前公布"):
        published(county, draw, SEED_DAY)
    published(county, draw)
    with pytest.raises(Refused, match="才公布"):
        run(county, draw, day=TODAY)
    run(county, draw)
    with pytest.raises(Refused, match="不能再抽"):
        run(county, draw, "another seed")
    with pytest.raises(BadInput, match="早于今天"):
        planned(county, wanted=Wanted(TODAY))


def test_what_refuses_a_plan(county: Course) -> None:
    """No rate, nothing to draw from, too few inspectors after 回避; a number is not used up."""
    with pytest.raises(Refused, match="没有定抽查比例"):
        planned(county, rate=None)
    with pytest.raises(Refused, match="没有可以抽查的"):
        planned(county, wanted=Wanted(BEFORE - timedelta(days=1)))
    with pytest.raises(Refused, match="回避之后只剩 1 名"):
        planned(county, inspectors=PEOPLE[1:])
    assert list((county.home / "draws").iterdir()) == []
    tried = planned(county, occasion=an_occasion(dry_run=True))
    assert (tried.id, draws(county.ledger)) == ("CC2026-00001", [])
    assert planned(county).id == "CC2026-00001"


def test_a_repeat_adds_nothing(county: Course) -> None:
    """The same request once; a folder in the way is never replaced."""
    once = an_occasion(request_id="draw-1")
    draw = planned(county, occasion=once)
    assert planned(county, occasion=once) == draw and len(draws(county.ledger)) == 1
    (county.home / "draws" / "CC2026-00002").mkdir()
    with pytest.raises(NotReady, match="已经在了"):
        planned(county)
    assert len(draws(county.ledger)) == 1 and verify(county.ledger).faults == ()


def test_a_repeated_draw_tells_what_was_drawn(county: Course) -> None:
    """A script that repeats its request reads the same picks; nothing is drawn or made again."""
    draw = published(county, planned(county))
    asked = an_occasion(SEED_DAY, "run-1")
    told = {"ledger": county.ledger, "occasion": asked, "draws": county.home / "draws"}
    first, again = run_draw(draw.id, SEED, **told), run_draw(draw.id, SEED, **told)
    assert (first.again, again.again, again.checks) == (False, True, 0) and again.picks == first.picks
    path = county.home / "draws" / draw.id / "plan.json"
    path.unlink()
    path.mkdir()
    with pytest.raises(BadInput, match=r"plan\.json 不是普通文件"):  # nor is a pipe, which has no end
        verify_draw(path.parent, SEED)


def test_a_case_withdrawn_meanwhile_stays_drawn_without_a_check(county: Course) -> None:
    """The draw can be replayed all the same; there is nothing left to look at."""
    draw = published(county, planned(county, rate=Rate(Fraction(1), 0, "虚构的文件")))
    county.withdraw("SC-2026-00004")
    done = run(county, draw)
    assert (done.draw.picks, done.checks) == (5, 4)
    assert county.ledger.checks_of("SC-2026-00004") == []


def test_the_ordinary_track_is_drawn_at_the_same_rate(county: Course) -> None:
    """Another stratum of the same item; its check is called 日常监管. Fairness counts both tracks."""
    number = county.ordinary(an_occasion(BEFORE))
    draw = published(county, planned(county, wanted=Wanted(YESTERDAY, ordinary=True)))
    assert json.loads(draw.strata) == [["sc-64", 5, 3], ["sc-64:ordinary", 1, 1]]
    run(county, draw)
    (check,) = county.ledger.checks_of(number)
    assert (check.proof, check.proof_name) == ("daily", "日常监管")
    counts = counts_by_item(county.ledger, draws(county.ledger), None, None, None)["sc-64"]
    assert (counts.promised, counts.ordinary) == ((6, 0), (1, 0)), "nothing closed yet"
    assert (counts.exempt, counts.outside, counts.waiting) == (6, 0, 1)
    assert (verify(county.ledger).faults, Method(check.method)) == ((), Method.ONSITE)


def test_an_exempt_case_outside_every_pool_is_counted(county: Course) -> None:
    """A pool that began too late left four out; those of today wait for the next one."""
    before = counts_by_item(county.ledger, draws(county.ledger), None, None, None)["sc-64"]
    assert (before.outside, before.waiting) == (0, 6), "no pool yet: all wait"
    with pytest.raises(Refused, match="没有可以抽查的"):
        planned(county, wanted=Wanted(YESTERDAY, since=YESTERDAY))
    planned(county)
    accepted(county, CITIZEN, an_occasion(YESTERDAY))
    draw = planned(county, wanted=Wanted(YESTERDAY, since=YESTERDAY))
    published(county, draw)
    counts = counts_by_item(county.ledger, draws(county.ledger), None, None, None)["sc-64"]
    assert (counts.exempt, counts.outside, counts.waiting) == (7, 5, 1)
