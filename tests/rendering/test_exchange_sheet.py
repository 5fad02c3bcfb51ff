"""The exchange file as another agency opens it: locked but for two columns, with a drop-down."""

from __future__ import annotations

import io
import re
import xml.etree.ElementTree as ET
import zipfile

from python_calamine import CalamineWorkbook

from gaozhi_cli.domain.exchange import CHOICES, COLUMNS, HOW_TO
from gaozhi_cli.rendering.exchange_sheet import GUIDE, SHEET, exchange_xlsx

HEAD = {"office": "示例县人社局", "agency": "示例县公安局", "made_on": "2026-11-24"}
MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ROWS = [dict.fromkeys(COLUMNS, f"={n}") for n in range(3)]


def test_the_sheet() -> None:
    """Two sheets; every cell is text, the same rows give the same bytes; only answers can be written."""
    data = exchange_xlsx(ROWS, HEAD)
    assert exchange_xlsx(ROWS, HEAD) == data
    book = CalamineWorkbook.from_filelike(io.BytesIO(data))
    assert book.sheet_names == [SHEET, GUIDE]
    rows = book.get_sheet_by_name(SHEET).to_python()
    assert "请求机关：示例县人社局" in rows[1][0] and "协助机关：示例县公安局" in rows[1][0]
    assert rows[2] == list(COLUMNS.values()) and rows[3][0] == "=0" and rows[3][-2:] == ["", ""]
    told = [row[0] for row in book.get_sheet_by_name(GUIDE).to_python()]
    assert told[1:] == [f"{n}．{line}" for n, line in enumerate(HOW_TO, start=1)]
    with zipfile.ZipFile(io.BytesIO(data)) as package:
        page, styles = (
            package.read(f"xl/{part}").decode() for part in ("worksheets/sheet1.xml", "styles.xml")
        )
    assert "<sheetProtection" in page and "<f>" not in page
    assert f'<formula1>"{",".join(CHOICES)}"</formula1>' in page and 'sqref="K4:K6"' in page
    kinds = ET.fromstring(styles).find(f"{MAIN}cellXfs") or ()
    unlocked = {
        str(n) for n, kind in enumerate(kinds) for rule in kind.iter(f"{MAIN}protection")
        if rule.get("locked") == "0"
    }  # fmt: skip
    cells = re.findall(r'<c r="([A-Z]+)\d+" s="(\d+)"', page)
    assert {column for column, style in cells if style in unlocked} == {"K", "L"}
