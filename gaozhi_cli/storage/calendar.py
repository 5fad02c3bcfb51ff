"""工作日历: the published holidays of ``chinesecalendar`` with the county's own years laid over them."""

from __future__ import annotations

from gaozhi_cli.domain.catalog import Catalog
from gaozhi_cli.domain.workdays import WorkCalendar


def work_calendar(catalog: Catalog) -> WorkCalendar:
    """The calendar in force: a year the county typed replaces the library's; 暂定 years stay unpublished."""
    from chinese_calendar import constants

    holidays, workdays = set(constants.holidays), set(constants.workdays)
    published = {day.year for day in holidays}
    for year in catalog.calendar_years:
        holidays = {day for day in holidays if day.year != year.year} | set(year.holidays)
        workdays = {day for day in workdays if day.year != year.year} | set(year.workdays)
        published = published | {year.year} if year.published else published - {year.year}
    return WorkCalendar(frozenset(holidays), frozenset(workdays), frozenset(published))
