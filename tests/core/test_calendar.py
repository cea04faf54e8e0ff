"""Eras and fiscal years both ways, and dates known only to the month or year."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils.translation import override
from hypothesis import given, settings
from hypothesis import strategies as st

from itoguchi.core.calendar import (
    FIRST_DAY,
    DatedTo,
    NotADate,
    Precision,
    era_date,
    era_fiscal_year,
    fiscal_year,
    format_date,
    format_fiscal_year,
    parse_date,
    parse_fiscal_year,
)

days = st.dates(min_value=FIRST_DAY, max_value=date(9998, 12, 31))


def test_every_day_of_three_centuries_survives_the_way_into_its_era_and_back() -> None:
    day = FIRST_DAY
    while day.year < 2130:
        assert parse_date(era_date(day)) == day
        day += timedelta(days=1)


@settings(deadline=None)
@given(days)
def test_every_day_survives_every_way_of_writing(day: date) -> None:
    for written in (
        era_date(day),
        day.isoformat(),
        f"{day.year}/{day.month}/{day.day}",
        format_date(day, "ja", era=False),
    ):
        assert parse_date(written) == day
    wide = era_date(day).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    assert parse_date(f"　{wide} ") == day


@settings(deadline=None)
@given(st.integers(1873, 9998))
def test_every_fiscal_year_survives_every_way_of_writing(year: int) -> None:
    for written in (
        era_fiscal_year(year),
        era_fiscal_year(year).removesuffix("度").removesuffix("年"),
        str(year),
        format_fiscal_year(year, "ja"),
        format_fiscal_year(year, "en"),
    ):
        assert parse_fiscal_year(written) == year


@pytest.mark.parametrize(
    ("written", "day"),
    [
        ("2017-03-24", date(2017, 3, 24)),
        ("2017/3/24", date(2017, 3, 24)),
        ("2017年3月24日", date(2017, 3, 24)),
        ("平成29年3月24日", date(2017, 3, 24)),
        ("平成２９年３月２４日", date(2017, 3, 24)),
        ("㍻29年3月24日", date(2017, 3, 24)),
        ("H29.3.24", date(2017, 3, 24)),
        ("h29/3/24", date(2017, 3, 24)),
        ("令和元年5月1日", date(2019, 5, 1)),
        ("R1.5.1", date(2019, 5, 1)),
        ("平成31年4月30日", date(2019, 4, 30)),
        ("平成元年1月8日", date(1989, 1, 8)),
        ("昭和64年1月7日", date(1989, 1, 7)),
        ("昭和元年12月25日", date(1926, 12, 25)),
        ("大正15年12月24日", date(1926, 12, 24)),
        ("大正元年7月30日", date(1912, 7, 30)),
        ("明治45年7月29日", date(1912, 7, 29)),
        ("明治6年1月1日", date(1873, 1, 1)),
    ],
)
def test_it_reads_what_offices_write(written: str, day: date) -> None:
    assert parse_date(written) == day


@pytest.mark.parametrize(
    ("written", "cure"),
    [
        ("平成32年1月1日", "令和2年1月1日"),
        ("平成31年5月1日", "令和元年5月1日"),
        ("令和元年4月30日", "平成31年4月30日"),
        ("昭和64年1月8日", "平成元年1月8日"),
        ("大正元年7月29日", "明治45年7月29日"),
    ],
)
def test_a_day_outside_its_era_is_refused_with_the_right_era(written: str, cure: str) -> None:
    with pytest.raises(NotADate) as refused:
        parse_date(written)
    for language in ("ja", "en"):
        with override(language):
            assert written in str(refused.value.message)
            assert cure in str(refused.value.cure)


@pytest.mark.parametrize(
    ("written", "named"),
    [
        ("2017-02-31", "28"),
        ("平成28年2月30日", "29"),
        ("2017-13-01", "13"),
        ("2017-04-00", "30"),
        ("令和0年1月1日", "0"),
    ],
)
def test_a_day_that_is_in_no_calendar_is_refused(written: str, named: str) -> None:
    with pytest.raises(NotADate) as refused:
        parse_date(written)
    for language in ("ja", "en"):
        with override(language):
            assert named in str(refused.value)


@pytest.mark.parametrize("written", ["明治5年12月2日", "1872-12-31", "明治元年10月23日", "0000-01-01"])
def test_days_before_the_gregorian_calendar_are_refused_with_the_reason(written: str) -> None:
    with pytest.raises(NotADate, match=r"1873|0000|0年"):
        parse_date(written)


@pytest.mark.parametrize("written", ["", "2017", "3/24", "2017-3/24", "平成29年3月", "24 March 2017", "2017-03-24Z"])
def test_what_is_no_day_is_refused(written: str) -> None:
    with pytest.raises(NotADate):
        parse_date(written)


def test_era_of_a_day_before_1873_is_refused() -> None:
    with pytest.raises(NotADate):
        era_date(date(1872, 12, 31))
    with pytest.raises(NotADate):
        era_fiscal_year(1872)
    assert format_date(date(1868, 10, 23), "ja") == "1868年10月23日"


def test_fiscal_years_turn_on_the_first_of_april() -> None:
    assert fiscal_year(date(2017, 3, 31)) == 2016
    assert fiscal_year(date(2017, 4, 1)) == 2017


@pytest.mark.parametrize(
    ("year", "written"),
    [
        (2016, "平成28年度"),
        (2018, "平成30年度"),
        (2019, "令和元年度"),
        (2020, "令和2年度"),
        (1989, "平成元年度"),
        (1988, "昭和63年度"),
    ],
)
def test_fiscal_years_in_the_era(year: int, written: str) -> None:
    assert era_fiscal_year(year) == written
    assert parse_fiscal_year(written) == year


def test_2019_has_two_names_and_one_is_written() -> None:
    assert parse_fiscal_year("平成31年度") == parse_fiscal_year("令和元年度") == parse_fiscal_year("H31") == 2019


@pytest.mark.parametrize(
    "written", ["平成32年度", "昭和64年度", "明治5年度", "1872", "16", "2016年", "2016-17", "令和"]
)
def test_what_is_no_fiscal_year_is_refused(written: str) -> None:
    with pytest.raises(NotADate):
        parse_fiscal_year(written)


def test_a_date_is_shown_as_precisely_as_it_is_known() -> None:
    day = date(2017, 10, 24)
    shown = {
        precision: (DatedTo(day, precision).format("ja"), DatedTo(day, precision).format("en"))
        for precision in Precision
    }
    assert shown == {
        Precision.YEAR: ("2017年", "2017"),
        Precision.FISCAL_YEAR: ("2017年度", "FY2017"),
        Precision.MONTH: ("2017年10月", "October 2017"),
        Precision.DAY: ("2017年10月24日", "24 October 2017"),
    }
    with override("en"):
        assert str(DatedTo(day, Precision.MONTH)) == "October 2017"


@settings(deadline=None)
@given(days, st.sampled_from(Precision))
def test_a_date_survives_being_written_at_its_precision(day: date, precision: Precision) -> None:
    known = DatedTo(day, precision)
    assert DatedTo.read(known.written) == known


@pytest.mark.parametrize("written", ["", "2017-13", "FY2017-04", "17", "0000", "2017-02-30", "2017年"])
def test_what_is_no_date_of_any_precision_is_refused(written: str) -> None:
    with pytest.raises(NotADate):
        DatedTo.read(written)


@settings(deadline=None)
@given(days, days, st.sampled_from(Precision), st.sampled_from(Precision))
def test_dates_are_compared_by_the_last_day_on_which_they_may_be(
    one_day: date, other_day: date, one_precision: Precision, other_precision: Precision
) -> None:
    one, other = DatedTo(one_day, one_precision), DatedTo(other_day, other_precision)
    assert one.day <= one_day <= one.last_day
    assert DatedTo(one.last_day, one_precision) == one
    if one.last_day != other.last_day:
        assert (one < other) == (one.last_day < other.last_day)
    assert (one == other) == (not one < other and not other < one)


def test_months_and_eras_are_named_in_full() -> None:
    months = [
        "January",
        "February",
        "March",
        "April",
        "May",
        "June",
        "July",
        "August",
        "September",
        "October",
        "November",
        "December",
    ]
    assert [format_date(date(2026, month, 9), "en") for month in range(1, 13)] == [f"9 {each} 2026" for each in months]
    assert [DatedTo(date(2026, month, 1), Precision.MONTH).format("en") for month in range(1, 13)] == [
        f"{each} 2026" for each in months
    ]
    for letters, day in (
        (("令和2年", "令2年", "R2.", "r2."), date(2020, 6, 5)),
        (("平成2年", "平2年", "H2.", "h2."), date(1990, 6, 5)),
        (("昭和2年", "昭2年", "S2.", "s2."), date(1927, 6, 5)),
        (("大正2年", "大2年", "T2.", "t2."), date(1913, 6, 5)),
        (("明治7年", "明7年", "M7.", "m7."), date(1874, 6, 5)),
    ):
        for each in letters:
            assert parse_date(each + ("6月5日" if each.endswith("年") else "6.5")) == day
    assert format_date(FIRST_DAY, "ja") == "明治6年1月1日"
    assert format_date(date(2017, 3, 24), "ja", era=False) == "2017年3月24日"


@pytest.mark.parametrize(
    ("written", "first", "last", "value"),
    [
        ("2017", date(2017, 1, 1), date(2017, 12, 31), "year"),
        ("2017-02", date(2017, 2, 1), date(2017, 2, 28), "month"),
        ("FY2017", date(2017, 4, 1), date(2018, 3, 31), "fiscal_year"),
        ("2017-02-03", date(2017, 2, 3), date(2017, 2, 3), "day"),
    ],
)
def test_a_date_begins_and_ends_where_its_words_do(written: str, first: date, last: date, value: str) -> None:
    found = DatedTo.read(written)
    assert (found.day, found.last_day, found.precision.value) == (first, last, value)


@pytest.mark.parametrize(
    ("read", "written", "message"),
    [
        (
            parse_date,
            " いつか ",
            "「いつか」は日付として読めません。 2017-03-24、2017/3/24、平成29年3月24日 のどれかの形で書いてください。",
        ),
        (parse_date, "い" * 60, "「" + "い" * 40 + "」は日付として読めません。"),
        (
            parse_date,
            "平成32年5月1日",
            "「平成32年5月1日」という日はありません（平成: 1989-01-08 – 2019-04-30）。"
            " 令和2年5月1日 ではありませんか。元号を確かめてください。",
        ),
        (parse_date, "令和元年4月30日", "「令和元年4月30日」という日はありません（令和: 2019-05-01 –）。"),
        (parse_date, "昭和元年12月24日", "「昭和元年12月24日」という日はありません（昭和: 1926-12-25 – 1989-01-07）。"),
        (parse_date, "明治6年13月1日", "13月という月はありません。 月は1から12までで書いてください。"),
        (
            parse_date,
            "2017-02-29",
            "2017年2月29日という日はありません。 2月の日は1から28までです。日を確かめてください。",
        ),
        (parse_date, "0000-02-32", "0年2月32日という日はありません。 2月の日は1から31までです。"),
        (
            parse_date,
            "1872-12-31",
            "1873年（明治6年）より前は、いまの暦（太陽暦）ではないため扱えません。"
            " 1873年1月1日（明治6年1月1日）以後の日付か年度にしてください。",
        ),
        (
            parse_fiscal_year,
            "いつか",
            "「いつか」は年度として読めません。 2016年度、FY2016、平成28年度 のどれかの形で書いてください。",
        ),
        (
            parse_fiscal_year,
            "平成32年度",
            "「平成32年度」という年度はありません（平成: 1989-01-08 – 2019-04-30）。"
            " 令和2年度 ではありませんか。元号を確かめてください。",
        ),
        (
            parse_fiscal_year,
            "令和0年度",
            "令和0年という年はありません。 元号のはじめの年は「元年」か「1年」です。年を確かめてください。",
        ),
        (parse_fiscal_year, "令和7981年度", "令和7981年という年はありません。"),
    ],
)
def test_a_refusal_says_what_is_wrong_and_what_to_write(read: Any, written: str, message: str) -> None:
    with pytest.raises(NotADate) as refusal, override("ja"):
        read(written)
    with override("ja"):
        assert str(refusal.value).startswith(message)


@pytest.mark.parametrize(
    ("era", "first", "last"), [("昭和", 1926, 1988), ("大正", 1912, 1926), ("平成", 1989, 2019), ("令和", 2019, 9998)]
)
def test_an_era_has_the_fiscal_years_of_its_first_and_last_day(era: str, first: int, last: int) -> None:
    for year in (first, first + 1, last - 1, last):
        assert parse_fiscal_year(f"{era}{year - first + 1}年度") == year
    for year in (first - 1, last + 1):
        with pytest.raises(NotADate):
            parse_fiscal_year(f"{era}{year - first + 1}年度")
