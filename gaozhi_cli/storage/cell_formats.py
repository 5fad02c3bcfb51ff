"""Which number formats of an xlsx show a date, and the date that a number then is (ECMA-376 18.8.30)."""

from __future__ import annotations

import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Sequence
from datetime import date, datetime, time, timedelta
from enum import Enum

PART = "xl/styles.xml"
DATE_FORMATS = frozenset((*range(14, 23), *range(27, 37), 45, 47, *range(50, 59)))
DURATION_FORMAT = 46
DAY = 86_400_000  # milliseconds
LARGEST_PART = 16 * 1024 * 1024  # styles.xml is read whole
MOST_STYLES = 65_490  # what Excel itself keeps
LONGEST_CODE = 1_000  # Excel allows 255 characters


class Shown(Enum):
    """How a number is shown."""

    NUMBER = 0
    DATE = 1
    DURATION = 2


def read_formats(archive: zipfile.ZipFile) -> Sequence[Shown]:
    """What each cell style shows a number as, in the order of the styles.

    Raises ValueError where there is more than a workbook can hold.
    """
    if PART not in archive.namelist():
        return ()
    if archive.getinfo(PART).file_size > LARGEST_PART:
        raise ValueError(PART)
    custom: dict[str, Shown] = {}
    styles: list[Shown] = []
    for node in ET.fromstring(archive.read(PART)):
        tag = node.tag.rpartition("}")[2]
        if tag == "numFmts":
            custom = {
                format_.get("numFmtId", ""): shown(format_.get("formatCode", "")[:LONGEST_CODE])
                for format_ in node
            }
        elif tag == "cellXfs":
            if len(node) > MOST_STYLES:
                raise ValueError(tag)
            ids = [style.get("numFmtId", "0") for style in node]
            styles = [custom[id_] if id_ in custom else _builtin(id_) for id_ in ids]
    return tuple(styles)


def _builtin(id_: str) -> Shown:
    number = int(id_) if id_.isdecimal() else 0
    if number == DURATION_FORMAT:
        return Shown.DURATION
    return Shown.DATE if number in DATE_FORMATS else Shown.NUMBER


def shown(code: str) -> Shown:
    """What a format code shows, by its first section: letters of dates outside quotes and brackets."""
    place = 0
    while place < len(code):
        char = code[place]
        if char in "\\_":
            place += 1
        elif char == '"':
            place = code.find('"', place + 1)
            if place < 0:
                break
        elif char == ";":
            break
        elif char == "[":
            end = code.find("]", place)
            if end < 0:
                break
            within = code[place + 1 : end].lower()
            if within and within[0] in "hms" and not within.strip(within[0]):
                return Shown.DURATION
            place = end
        elif char in "dmhysDMHYS" or code[place : place + 2].lower() in ("a/", "am"):
            return Shown.DATE
        place += 1
    return Shown.NUMBER


def as_shown(number: float, how: Shown, since_1904: bool) -> float | date | datetime | time | timedelta:
    """The date, time or duration that a number is shown as; the number where there is no such day."""
    try:
        milliseconds = round(number * DAY)
        if how is Shown.DURATION:
            return timedelta(milliseconds=milliseconds)
        if since_1904:
            moment = datetime(1904, 1, 1) + timedelta(milliseconds=milliseconds)
        else:  # Excel counts a 29 February 1900 that never was
            begin = datetime(1899, 12, 31) if number < 60 else datetime(1899, 12, 30)
            moment = begin + timedelta(milliseconds=milliseconds)
    except OverflowError:
        return number
    if number < 1:
        return moment.time()
    return moment.date() if number == int(number) else moment


def as_day(text: str) -> datetime | str:
    """A cell that is an ISO date; the text where it is none."""
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        return text
