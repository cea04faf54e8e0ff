"""Windows, rates and ceilings in words, as pages and files say them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import datetime

from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from itoguchi.core.calendar import format_date, format_fiscal_year
from itoguchi.core.templatetags.core import day as written
from itoguchi.support.matching import Timing
from itoguchi.support.models import Rate, Scheme, SchemeYear, Window
from itoguchi.support.wording import number


def moment(at: datetime | None, *, has_time: bool, now: datetime) -> str:
    """`5月20日17時`, `2027年1月5日` in another year than now's; "" for none."""
    if at is None:
        return ""
    here = timezone.localtime(at)
    is_japanese = (get_language() or "ja").startswith("ja")
    day = format_date(here.date(), "ja" if is_japanese else "en", era=False)
    if is_japanese and here.year == timezone.localtime(now).year:
        day = day.partition("年")[2]
    if not has_time:
        return day
    if not is_japanese:
        return f"{day}, {here:%H:%M}"
    return f"{day}{here.hour}時" + (f"{here.minute}分" if here.minute else "")


def window_in_words(window: Window, now: datetime) -> str:
    """`あと12日、5月20日17時まで`; `7月13日から8月10日まで` for one that is not open yet; `受付終了`."""
    closes = moment(window.closes_at, has_time=window.has_time, now=now)
    opens = moment(window.opens_at, has_time=window.has_time, now=now)
    if window.is_over(now):
        return _("受付終了（%(day)s）") % {"day": closes or _("終わりの日は公表なし")}
    if window.opens_at and window.opens_at > now:
        if not closes:
            return _("%(opens)sから") % {"opens": opens}
        return _("%(opens)sから%(closes)sまで") % {"opens": opens, "closes": closes}
    if window.closes_at is None:
        return _("受付中（終わりは公表なし）")
    days = (timezone.localdate(window.closes_at) - timezone.localdate(now)).days
    if days == 0:
        return _("今日まで（%(closes)s）") % {"closes": closes}
    return _("あと%(days)s日、%(closes)sまで") % {"days": days, "closes": closes}


def next_window_in_words(scheme: Scheme, window: Window | None, now: datetime) -> str:
    """The same of the window that closes next; without one `受付終了` or `公表なし`."""
    if window is not None:
        return window_in_words(window, now)
    return _("受付終了") if scheme.has_window else _("公表なし")  # type: ignore[attr-defined]


def newest_year(years: Iterable[SchemeYear]) -> SchemeYear | None:
    """The newest year that tells rates or a ceiling, else the newest (the years come newest first)."""
    known: Sequence[SchemeYear] = list(years)
    return next((each for each in known if each.max_yen or each.rates.all()), known[0] if known else None)


def rates_in_words(year: SchemeYear | None) -> str:
    """`2/3・1/2`, `定額`; "" where none was published."""
    rates: Iterable[Rate] = year.rates.all() if year else ()
    return _("・").join(dict.fromkeys(str(each) for each in rates))


def ceiling_of(year: SchemeYear | None) -> int | None:
    """The most that one project gets, in yen."""
    if year is None:
        return None
    return year.max_yen or max((each.max_yen or 0 for each in year.rates.all()), default=0) or None


def rate_and_ceiling(year: SchemeYear | None) -> str:
    """`2/3、上限 20,000,000円（2026年度）`; "" where nothing was published."""
    ceiling = ceiling_of(year)
    most = _("上限 %(yen)s") % {"yen": number("size", ceiling)} if ceiling else ""
    said = _("、").join(filter(None, (rates_in_words(year), most)))
    if not said or year is None:
        return ""
    return _("%(terms)s（%(year)s）") % {
        "terms": said,
        "year": format_fiscal_year(year.fiscal_year, get_language() or "ja"),
    }


def timing_in_words(timing: Timing, hour: datetime | None) -> tuple[str, str]:
    """The window that counts, in words, and the class of its tag; `hour` is the moment it closes, if told."""
    window = timing.window
    if window is None:
        return _("受付期間は登録されていません"), ""
    if window.closes is None:
        ends = _("終わりは公表なし")
    elif hour:
        ends = _("%(day)s %(hour)sまで") % {"day": written(window.closes), "hour": f"{hour:%H:%M}"}
    else:
        ends = _("%(day)sまで") % {"day": written(window.closes)}
    if timing.state == "closed":
        return _("受付は終わりました（%(ends)s）") % {"ends": ends}, ""
    if timing.state == "coming":
        said = {"days": timing.days, "opens": written(window.opens or window.first), "ends": ends}
        if not timing.days:
            return _("今日これから受付開始（%(ends)s）") % said, "key"
        return _("%(days)s日後に受付開始（%(opens)sから%(ends)s）") % said, "key"
    if timing.days is None:
        return _("受付中（終わりは公表なし）"), "ok"
    if timing.days == 0:
        return _("受付中：今日かぎり（%(ends)s）") % {"ends": ends}, "late"
    return _("受付中：あと%(days)s日（%(ends)s）") % {"days": timing.days, "ends": ends}, "ok"
