"""catalog/sources.yaml: read strictly, the place of a fault named, a secret refused and not repeated."""

from __future__ import annotations

from pathlib import Path

import pytest

from gaozhi_cli.domain.problem import BadInput
from gaozhi_cli.domain.registers import LEAST_SHARE, RATE, TIMEOUT
from gaozhi_cli.domain.vocabulary import ClaimPart, CompareAs, SourceKind
from gaozhi_cli.storage.private_text import private_text
from gaozhi_cli.storage.source_entries import address_problem, county_sources, read_sources
from tests.conftest import ROOT

FIXTURE = ROOT / "tests" / "homes" / "complete" / "catalog"
EXTRACT = """
  - id: aa
    name: 甲
    kind: 文件
    source: 虚构
    serves: x-1
    file: a.csv
    key: {part: 证件号码, column: 号码}
    fields: [{name: 姓名, column: 姓名, as: 名称, part: 姓名或名称}]
"""


def written(folder: Path, text: str) -> Path:
    """A county's catalog with these sources."""
    (folder / "sources.yaml").write_text(f"sources:{text}", "utf-8")
    return folder


def test_the_fixture_county() -> None:
    """One of each kind, and one that is not used; limits that are not said are the program's."""
    licences, deaths, insured = read_sources([FIXTURE])
    assert (licences.kind, deaths.kind, insured.kind) == tuple(SourceKind)
    assert licences.columns == ("统一社会信用代码", "名称", "状态", "期限至")
    assert licences.closing and not deaths.closing and licences.limits.max_age == 10
    assert licences.parts == (ClaimPart.NUMBER, ClaimPart.NAME) and licences.key.id_types == ("uscc",)
    assert [field.how for field in licences.fields] == [CompareAs.NAME, CompareAs.STATUS, CompareAs.VALID]
    assert insured.asking is not None and insured.asking.repeatable and insured.asking.none == ("404",)
    assert len({source.declared for source in (licences, deaths, insured)}) == 3


def test_what_is_not_said_is_the_programs_caution(tmp_path: Path) -> None:
    """And the shipped list is empty."""
    (source,) = county_sources(written(tmp_path, EXTRACT))
    assert (source.limits.least_share, source.limits.timeout, source.limits.rate) == (
        LEAST_SHARE,
        TIMEOUT,
        RATE,
    )
    assert source.limits.max_age is None and source.closing == "" and county_sources(tmp_path / "none") == ()


def test_the_declaration_is_part_of_what_is_known_of_a_comparison(tmp_path: Path) -> None:
    """Another field compared is another declaration; another order of its keys is not."""
    (one,) = county_sources(written(tmp_path, EXTRACT))
    (other,) = county_sources(written(tmp_path, EXTRACT.replace("as: 名称", "as: 文字")))
    turned = EXTRACT.replace("{part: 证件号码, column: 号码}", "{column: 号码, part: 证件号码}")
    (same,) = county_sources(written(tmp_path, turned))
    assert one.declared != other.declared and one.declared == same.declared


FAULTS = {
    "a key of another kind": ("file: a.csv", "file: a.csv\n    table: t", "不能写“table”"),
    "an age without a day": ("file: a.csv", 'file: a.csv\n    max_age: "7"', "dated"),
    "a name twice": ("sources", "sources", "重复"),
    "no column": (", column: 号码", "", "column"),
    "a column that breaks out": ("column: 号码", "column: 'a\" OR 1'", "不能用作栏目名"),
    "a share beyond all": ("file: a.csv", 'file: a.csv\n    least_share: "101"', "100"),
    "a part for a state": ("as: 名称,", "as: 状态,", "不与申请人的内容比对"),
    "words for a name": ("as: 名称,", "as: 名称, one_of: [甲],", "one_of"),
    "a document that is none": ("column: 号码", "column: 号码, id_types: [学生证]", "学生证"),
}


@pytest.mark.parametrize("fault", FAULTS)
def test_faults_name_their_place(fault: str, tmp_path: Path) -> None:
    """File, line and column, and what is wrong."""
    old, new, words = FAULTS[fault]
    text = EXTRACT + EXTRACT if old == new else EXTRACT.replace(old, new)
    assert text != EXTRACT
    with pytest.raises(BadInput, match=words) as told:
        county_sources(written(tmp_path, text))
    assert told.value.message.startswith("catalog/sources.yaml:")


@pytest.mark.parametrize(
    ("key", "value"),
    [("dsn_env", "host=10.0.0.1 password=geheim"), ("dsn_env", "geheim")],
)
def test_a_secret_in_the_file_is_refused_and_not_repeated(tmp_path: Path, key: str, value: str) -> None:
    """The message says where, not what."""
    text = EXTRACT.replace("文件", "数据库").replace(
        "file: a.csv", f"database: odbc\n    table: t\n    {key}: {value}"
    )
    with pytest.raises(BadInput, match="环境变量的名称") as told:
        county_sources(written(tmp_path, text))
    assert "geheim" not in told.value.message


@pytest.mark.parametrize(
    ("address", "fine"),
    [
        ("https://a.example/x", True), ("http://127.0.0.1:8000/x", True), ("http://a.example/x", False),
        ("ftp://a.example", False), ("https://u:p@a.example", False), ("https://a.example/?key=1", False),
        ("https://[::1", False), ("a.example", False), ("https://a.example:notaport/", False),
    ],
)  # fmt: skip
def test_addresses(address: str, fine: bool) -> None:
    """TLS, no password in it, nothing behind a question mark; this machine may do without TLS."""
    assert (address_problem(address) == "") is fine


def test_secrets_come_from_a_variable_or_a_private_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that others can read is refused; an empty one, a missing variable too; nothing is repeated."""
    monkeypatch.setenv("GAOZHI_TEST", " geheim \n")
    assert private_text("GAOZHI_TEST", "", tmp_path, "口令") == "geheim"
    file = tmp_path / "dsn"
    file.write_text("geheim\n", "utf-8")
    file.chmod(0o640)
    with pytest.raises(BadInput, match="600") as told:
        private_text("", "dsn", tmp_path, "口令")
    assert "geheim" not in told.value.message
    file.chmod(0o600)
    assert private_text("", "dsn", tmp_path, "口令") == "geheim"
    file.write_text("", "utf-8")
    for variable, name in (("", "dsn"), ("", "none"), ("GAOZHI_NONE", "")):
        with pytest.raises(BadInput):
            private_text(variable, name, tmp_path, "口令")
