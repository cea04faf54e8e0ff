"""The API of money: who pays for a project of an area, and what is left to pay; nothing is kept."""

from __future__ import annotations

from typing import Annotated, Any

from django.core.exceptions import ValidationError
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from ninja import Query
from pydantic import Field as Asked
from pydantic import StringConstraints

from itoguchi.areas.queries import area_of_code
from itoguchi.core.api import Answer, Filters, column, no_key, sent, wrong
from itoguchi.support import queries
from itoguchi.support.api.schemes import router
from itoguchi.support.forms.money import FIRST_YEAR, LAST_YEAR, read_yen
from itoguchi.support.models import Cost as Kind
from itoguchi.support.models import Scheme
from itoguchi.support.queries import Cost, PlanOfMoney
from itoguchi.support.queries.money import MOST_YEN

KINDS = " / ".join(("、".join(f"{each.value}" for each in Kind), ", ".join(each.value for each in Kind)))
Code = Annotated[str, Asked(pattern=r"^[0-9]{6}$")]
COST = r"[a-z]{1,20}:[0-9]{4}:(\?|[0-9]{1,13}(-[0-9]{1,13})?)"
KEY = r"[a-z0-9-]{1,60}"
Costs = Annotated[str, StringConstraints(pattern=rf"^{COST}(,{COST}){{0,39}}$")]
Keys = Annotated[str, StringConstraints(pattern=rf"^{KEY}(,{KEY}){{0,19}}$")]


class ShareAnswer(Answer):
    """What a scheme pays."""

    scheme: str = column("支援メニュー / Scheme", "支援メニューの記号 / Key of the scheme")
    kind: str = column("経費の種類 / Kind of cost", KINDS)
    year: int = column("年度 / Fiscal year", "4月から / From April")
    yen: int = column("金額（円） / Yen")


class MoneyYear(Answer):
    """A fiscal year."""

    year: int = column("年度 / Fiscal year", "4月から / From April")
    cost: int = column("費用（円） / Cost in yen")
    now: int = column(
        "すぐに用意する額（円） / To be found now, in yen", "地方債と借入れも除いた額 / Bonds and loans taken off too"
    )
    net: int = column(
        "実質の自己負担（円） / Left in the end, in yen",
        "地方債は交付税措置を除いた返済を含む / With the repayment of bonds that tax allocation does not return",
    )


class MoneyPlan(Answer):
    """A combination of schemes."""

    schemes: list[str] = column("支援メニュー / Schemes", "支援メニューの記号 / Keys of schemes")
    shares: list[ShareAnswer] = column("だれがいくら / Who pays what")
    years: list[MoneyYear] = column("年度ごと / By fiscal year")
    now: int = column("すぐに用意する額（円） / To be found now, in yen")
    net: int = column("実質の自己負担（円） / Left in the end, in yen")


class MoneyAnswer(Answer):
    """Who pays for a project of an area."""

    area: str = column("団体 / Area", "団体コード / Code of the area")
    low: int = column("自己負担の下の端（円） / Low end of the own burden in yen")
    high: int | None = column(
        "自己負担の上の端（円） / High end in yen", "空なら、上の端が分からない / Empty: nobody knows it"
    )
    best: MoneyPlan | None = column("いちばんよい組合せ / The best combination")
    alternatives: list[MoneyPlan] = column("次によい組合せ / The next best")
    offers: list[str] = column("計算に入れた支援メニュー / Schemes reckoned with", "記号 / Keys")
    binds: list[str] = column("妨げているもの / What binds", "日本語 / In Japanese")
    unknown: list[str] = column("分からないこと / What is unknown", "日本語 / In Japanese")
    why: list[str] = column("計算のしかた / How it was reckoned", "日本語 / In Japanese")
    over_budget: str | None = column("足りないもの / What is missing", "日本語 / In Japanese")


class MoneyFilters(Filters):
    """A project and its area."""

    area: Code = Asked(description="団体コード / Code of an area")
    cost: Costs | None = Asked(
        None,
        description=(
            f"費用。種類:年度:円 をカンマ（,）でつなぐ。幅は 3000000-5000000、分からなければ ?。種類は {KINDS}"
            " / Costs as kind:fiscal year:yen, joined by commas; a range as 3000000-5000000, unknown as ?"
        ),
    )
    scheme: Keys | None = Asked(
        None,
        description=(
            "支援メニューの記号を , でつなぐ（なければ、使えそうで受付中・これからのもの）"
            " / Keys of schemes joined by commas; else those that may be used and are open or will open"
        ),
    )
    most_own: int | None = Asked(
        None, ge=0, le=MOST_YEN, description="すぐに用意できる額の上限（円） / Most own funds at once, in yen"
    )


@router.get(
    "/money", auth=None, response=MoneyAnswer, url_name="money", operation_id="combine_money",
    summary="だれがいくら払うか / Who pays for a project",
)  # fmt: skip
def money(request: HttpRequest, filters: Query[MoneyFilters]) -> HttpResponse:
    """自己負担がいちばん小さい組合せと、次によい三つ。分からないことがあれば幅で答える。 / The smallest own burden and the next best three; a range where something is unknown."""
    area = area_of_code(filters.area)
    if area is None:
        raise no_key("area", filters.area)
    costs = [_cost(each) for each in filters.cost.split(",")] if filters.cost else []
    schemes = None
    if filters.scheme:
        keys = filters.scheme.split(",")
        schemes = list(Scheme.objects.filter(pk__in=keys))
        for key in keys:
            if key not in {each.pk for each in schemes}:
                raise no_key("scheme", key)
    day = timezone.localdate()
    hour = queries.WHOLE_DAY if schemes is not None else queries.hour_of(day, timezone.now())
    found = queries.combine(costs, area, schemes, day, most_own=filters.most_own, hour=hour)
    return sent(
        {
            "area": area.code,
            "low": found.own[0],
            "high": found.own[1],
            "best": plan_item(found.best) if found.best else None,
            "alternatives": [plan_item(each) for each in found.alternatives],
            "offers": [each.pk for each in found.offers],
            **{name: getattr(found, name) for name in ("binds", "unknown", "why", "over_budget")},
        }
    )


def _cost(line: str) -> Cost:
    """One line of costs; raises Refusal for a kind or year that is none, or a range upside down."""
    kind, year, yen = line.split(":")
    if kind not in Kind.values:
        raise no_key("cost", kind)
    if not FIRST_YEAR <= int(year) <= LAST_YEAR:
        raise wrong(("cost", _("年度は2000から2100までで書いてください。")))
    try:
        return Cost(kind=kind, year=int(year), yen=read_yen(yen))
    except ValidationError as error:
        raise wrong(("cost", error.messages[0])) from error


def plan_item(plan: PlanOfMoney) -> dict[str, Any]:
    return {
        "schemes": [each.pk for each in plan.schemes],
        "shares": [
            {"scheme": each.scheme.pk, "kind": each.kind, "year": each.year, "yen": each.yen} for each in plan.shares
        ],
        "years": [{"year": each.year, "cost": each.cost, "now": each.now, "net": each.net} for each in plan.years],
        "now": plan.now,
        "net": plan.net,
    }
