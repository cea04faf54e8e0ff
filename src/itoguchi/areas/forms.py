"""Reading what people hand in about local governments: the statistics file and the form around it."""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from itoguchi.areas import queries
from itoguchi.areas.actions import Reading
from itoguchi.areas.models import Area, Statistic, check_digit
from itoguchi.core.folding import fold
from itoguchi.core.imports import (
    Column,
    ImportRefused,
    Problem,
    Row,
    Sheet,
    Unreadable,
    decimal_number,
    fiscal_year_or_year,
    flag,
    match_columns,
    parse_rows,
    read_sheet,
    text,
    whole_number,
)
from itoguchi.core.virus_scan import refuse_infected
from itoguchi.core.wording import say

Measure = Statistic.Measure
Parse = Callable[[str], Any]
LARGEST_POPULATION = 20_000_000


class StatisticsFileForm(forms.Form):
    """A file with its source; nothing is written when `dry_run` is asked for."""

    file = forms.FileField(
        validators=[refuse_infected],
        label=_("ファイル（CSV または Excel）"),
        allow_empty_file=True,
        help_text=_(
            "列：団体コード、年、そして 人口・財政力指数・高齢化率・条件不利地域 のどれか（団体名はあってもなくても）。文字コードは UTF-8 と Shift_JIS、20MBまで。"
        ),
    )
    source = forms.CharField(
        label=_("出典"),
        max_length=500,
        help_text=_("例：総務省「住民基本台帳に基づく人口」令和7年1月1日現在"),
    )
    dry_run = forms.BooleanField(label=_("確かめるだけ（書き込まない）"), required=False)


def area_code(known: dict[str, Area]) -> Parse:
    """Parser of 6-digit codes, present or former; each refusal says what the code should be."""

    def parse(written: str) -> Area:
        code = fold(written)
        if code in known:
            return known[code]
        if not code.isdigit():
            raise Unreadable(
                say(_("「%(code)s」は団体コードではありません。"), code=written[:40]),
                _("6桁の数字（例：282219）にしてください。"),
            )
        if len(code) == 5 and f"0{code}" in known:
            raise Unreadable(
                say(_("先頭の0が落ちています（%(code)s）。"), code=code),
                say(_("セルの書式を「文字列」にして 0%(code)s としてください。"), code=code),
            )
        if len(code) == 5 and code + check_digit(code) in known:
            raise Unreadable(
                say(_("検査数字のない5桁のコードです（%(code)s）。"), code=code),
                say(_("6桁の %(right)s にしてください。"), right=code + check_digit(code)),
            )
        if len(code) == 6 and code[5] != check_digit(code[:5]):
            right = code[:5] + check_digit(code[:5])
            raise Unreadable(
                say(_("検査数字（6桁目）が合いません（%(code)s）。"), code=code),
                say(_("%(right)s の誤りではありませんか。コードを確かめてください。"), right=right)
                if right in known
                else _("コードの6桁を、はじめから確かめてください。"),
            )
        raise Unreadable(
            say(_("この団体コードはありません（%(code)s）。"), code=written[:40]),
            _("全国地方公共団体コード一覧で確かめてください。合計や全国の行は消してください。"),
        )

    return parse


def statistics_columns(known: dict[str, Area]) -> list[Column]:
    """Columns of the statistics file; at least one of the measures has to be there."""
    return [
        Column(
            "code",
            "団体コード",
            "code",
            area_code(known),
            aliases=("全国地方公共団体コード", "市区町村コード", "area code"),
        ),
        Column("name", "団体名", "name", text(60), required=False, aliases=("市区町村名", "自治体名", "area")),
        Column("year", "年", "year", fiscal_year_or_year(), aliases=("年度", "fiscal year")),
        Column(
            Measure.POPULATION,
            "人口",
            "population",
            whole_number(0, LARGEST_POPULATION),
            required=False,
            aliases=("総人口",),
        ),
        Column(
            Measure.FISCAL_STRENGTH,
            "財政力指数",
            "fiscal strength index",
            decimal_number(Decimal(0), Decimal(10), 3),
            required=False,
        ),
        Column(
            Measure.ELDERLY_SHARE,
            "高齢化率",
            "elderly share",
            decimal_number(Decimal(0), Decimal(100), 3, percent=True),
            required=False,
            aliases=("高齢化率（%）", "65歳以上人口割合"),
        ),
        Column(
            Measure.DISADVANTAGED, "条件不利地域", "disadvantaged area", flag(), required=False, aliases=("条件不利",)
        ),
        *(
            Column(
                measure,
                f"第{number}次産業就業者の割合",
                english,
                decimal_number(Decimal(0), Decimal(100), 3, percent=True),
                required=False,
                aliases=(f"第{number}次産業就業者の割合（%）", f"第{number}次産業就業者割合"),
            )
            for measure, number, english in (
                (Measure.SECONDARY, 2, "secondary industry share"),
                (Measure.TERTIARY, 3, "tertiary industry share"),
            )
        ),
    ]


def read_statistics(data: bytes, name: str) -> tuple[Sheet, list[Reading]]:
    """Read a statistics file whole; raises ImportRefused with every problem by row and column."""
    sheet = read_sheet(data, name)
    known = queries.areas_by_code()
    columns = statistics_columns(known)
    present = match_columns(sheet, columns)
    measures = [measure.value for measure in Measure if measure.value in present]
    if not measures:
        raise ImportRefused(
            [
                Problem(
                    1,
                    None,
                    _("値の列がありません。"),
                    _("「人口」「財政力指数」「高齢化率」「条件不利地域」のどれかの列を加えてください。"),
                )
            ]
        )
    names = queries.names_by_area() if "name" in present else {}

    def check_name(row: Row) -> Problem | None:
        area = row["code"]
        if not names or not row["name"] or _is_name_of(row["name"], names[area.pk]):
            return None
        return Problem(
            row.number,
            row.headers["name"],
            say(_("コード %(code)s は「%(name)s」です。"), code=area.code, name=area.name),
            _("行がずれていないか確かめ、団体名かコードを直してください。"),
        )

    rows = parse_rows(sheet, columns, one_row_per=("code", "year"), check=check_name)
    readings = [
        Reading(row["code"].pk, measure, row["year"], Decimal(row[measure]))
        for row in rows
        for measure in measures
        if row[measure] is not None
    ]
    return sheet, readings


def _is_name_of(written: str, names: set[str]) -> bool:
    """Whether a cell names the area; "兵庫県 丹波篠山市" does too."""
    folded = fold(written)
    return any(folded.endswith(fold(name)) for name in names)
