"""A batch's result file: readable whenever the batch ends, safe to open in a spreadsheet."""

from __future__ import annotations

import csv
import json
import signal
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from python_calamine import CalamineWorkbook

from gaozhi_cli.domain.problem import NotReady, UsageFault
from gaozhi_cli.rendering.result_file import open_result
from tests.conftest import ROOT

DONE: dict[str, Any] = {
    "row": 2, "status": "done", "number": "RS-2026-00001", "docx": "承诺书/RS-2026-00001.docx",
    "problems": [],
}  # fmt: skip
BAD: dict[str, Any] = {
    "row": 3,
    "status": "failed",
    "number": None,
    "docx": None,
    "problems": [{"code": "cell", "message": "=HYPERLINK(1)", "clause": "", "field": ""},
                 {"code": "phone", "message": "联系方式：号码应有 7 至 20 位数字"}],
}  # fmt: skip
HEADS = ["行", "状态", "编号", "告知承诺书", "问题"]


def read(path: Path) -> list[list[str]]:
    """A csv as a spreadsheet reads it."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        return list(csv.reader(file))


def test_a_csv_is_readable_after_every_row(tmp_path: Path) -> None:
    """BOM, Chinese headings, no formula; started anew each run."""
    path = tmp_path / "结果.csv"
    path.write_text("旧", "utf-8")
    with open_result(path) as result:
        assert read(path) == [HEADS]
        result.write(DONE)
        assert read(path)[1] == ["2", "done", "RS-2026-00001", "承诺书/RS-2026-00001.docx", ""]
        result.write(BAD)
        assert read(path)[2][4] == "'=HYPERLINK(1)；联系方式：号码应有 7 至 20 位数字"
    assert path.read_bytes().startswith(b"\xef\xbb\xbf")


def test_ndjson_has_the_keys(tmp_path: Path) -> None:
    """One object a row, problems as objects."""
    with open_result(tmp_path / "a.ndjson") as result:
        result.write(DONE)
        result.write(BAD)
        assert [json.loads(line) for line in (tmp_path / "a.ndjson").read_text("utf-8").splitlines()] == [
            DONE,
            BAD,
        ]


def test_a_workbook_appears_whole_at_the_end(tmp_path: Path) -> None:
    """An older one goes at the start; nothing else is left behind; cells are text."""
    path = tmp_path / "a.xlsx"
    path.write_bytes(b"old")
    with open_result(path) as result:
        result.write(DONE)
        result.write(BAD)
        assert not path.exists() and not list(tmp_path.iterdir())
    table = CalamineWorkbook.from_path(path).get_sheet_by_index(0).to_python()
    assert table[0] == HEADS and table[1][:3] == ["2", "done", "RS-2026-00001"]
    assert str(table[2][4]).startswith("=HYPERLINK(1)；")
    assert [entry.name for entry in tmp_path.iterdir()] == ["a.xlsx"]


@pytest.mark.skipif(not hasattr(signal, "SIGKILL"), reason="本系统没有 SIGKILL")
@pytest.mark.parametrize("ending", ["csv", "ndjson"])
def test_a_killed_batch_leaves_its_rows(tmp_path: Path, ending: str) -> None:
    """kill -9 after a thousand rows: a thousand rows."""
    path = tmp_path / f"a.{ending}"
    code = (
        "import os, signal, sys; from pathlib import Path\n"
        "from gaozhi_cli.rendering.result_file import open_result\n"
        "result = open_result(Path(sys.argv[1]))\n"
        "for n in range(1000): result.write({'row': n, 'status': 'done', 'problems': []})\n"
        "os.kill(os.getpid(), signal.SIGKILL)\n"
    )
    done = subprocess.run([sys.executable, "-c", code, str(path)], cwd=ROOT, check=False)
    assert done.returncode == -signal.SIGKILL
    lines = read(path)[1:] if ending == "csv" else path.read_text("utf-8").splitlines()
    assert len(lines) == 1000


def test_what_cannot_be_written_is_said(tmp_path: Path) -> None:
    """Another ending, a folder that is not there, the table itself."""
    with pytest.raises(UsageFault, match=r"\.csv、\.ndjson 或 \.xlsx"):
        open_result(tmp_path / "a.txt")
    for ending in ("csv", "ndjson", "xlsx"):
        with pytest.raises(NotReady, match="没有这个文件或文件夹"):
            open_result(tmp_path / "无" / f"a.{ending}")
        table = tmp_path / f"名单.{ending}"
        table.write_bytes(b"x")
        (tmp_path / "又").symlink_to(tmp_path) if not (tmp_path / "又").exists() else None
        with pytest.raises(UsageFault, match="申请人表本身"):
            open_result(tmp_path / "又" / table.name, table)
        assert table.read_bytes() == b"x"


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="没有 /dev/full")
def test_a_full_disk_is_said(tmp_path: Path) -> None:
    """The row that did not fit raises; it is not lost in a buffer."""
    path = tmp_path / "a.ndjson"
    path.symlink_to("/dev/full")
    result = open_result(path)
    with pytest.raises(NotReady, match="磁盘已满"):
        result.write(DONE)
