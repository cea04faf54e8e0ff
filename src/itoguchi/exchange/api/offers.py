"""The API of standing offers: what organisations lend, teach or test."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal

from django.db.models import QuerySet
from pydantic import Field as Asked

from itoguchi.core.api import Answer, Dataset, Filters, Key, column, offer
from itoguchi.exchange.api.problems import field_known, router
from itoguchi.exchange.models import Offer, Profile

KindName = Literal["lend", "teach", "test"]
SizeName = Literal["small", "venture", "large", "other"]
KINDS = "lend（貸せる）, teach（教えられる）, test（試せる） / lend, teach, test"
SIZES = (
    "small（中小企業）, venture（ベンチャー企業）, large（大企業）, other（企業ではない）"
    " / small or medium firm, venture, large firm, no firm"
)


class OfferAnswer(Answer):
    """What is known of one offer."""

    number: int = column("番号 / Number")
    organisation: str = column("参加組織 / Organisation", "名称 / Its name")
    corporate_number: str = column("法人番号 / Corporate number", "分からなければ空 / Empty where it is not known")
    seat: str | None = column("所在地 / Seat", "団体コード / Code of the area where it is")
    size: SizeName | None = column("規模 / Size", SIZES)
    kind: KindName = column("種類 / Kind", KINDS)
    title: str = column("題名 / Title")
    text: str = column("内容 / What it is")
    fields: list[str] = column("分野 / Fields", "分野の記号 / Keys of the fields")
    solutions: list[str] = column("分野別モデル / Solutions", "分野別モデルの記号 / Keys of the solutions")
    prefectures: list[str] = column(
        "行ける都道府県 / Prefectures", "団体コード。空なら全国 / Codes; empty: the whole nation"
    )
    since: date = column("いつから / Since")
    address: str = column("住所 / Address", "この記録のページ / Page of this record on the site")


class OfferFilters(Filters):
    """Which offers."""

    kind: KindName | None = Asked(None, description=f"種類：{KINDS}")
    field: Key | None = Asked(None, description="分野の記号 / Key of a field")


def offers(filters: OfferFilters) -> QuerySet[Offer]:
    """Offers that stand."""
    found = (
        Offer.objects.filter(ended_on=None)
        .select_related("organisation__profile__seat")
        .prefetch_related("fields", "solutions", "prefectures")
    )
    wanted = {"kind": filters.kind, "fields": field_known(filters.field)}
    return found.filter(**{name: value for name, value in wanted.items() if value is not None})


def offer_item(row: Offer) -> dict[str, Any]:
    profile: Profile | None = getattr(row.organisation, "profile", None)
    return {name: getattr(row, name) for name in ("kind", "title", "text", "since", "address")} | {
        "number": row.pk,
        "organisation": row.organisation.name,
        "corporate_number": row.organisation.corporate_number,
        "seat": profile.seat.code if profile else None,
        "size": profile.size if profile else None,
        "fields": [each.pk for each in row.fields.all()],
        "solutions": [each.pk for each in row.solutions.all()],
        "prefectures": [each.code for each in row.prefectures.all()],
    }


offer(
    router,
    Dataset(
        key="offers",
        title="提供 / Offers",
        about=(
            "参加組織が、いつでも貸せる・教えられる・試せると言っていること。やめたものは入らない。"
            " / What organisations lend, teach or test at any time. Those that ended are not among them."
        ),
        source="参加組織の記録 / Records of the organisations",
        page="exchange:offer_list",
        answer=OfferAnswer,
        filters=OfferFilters,
        rows=offers,
        item=offer_item,
        order=("pk",),
        models=(Offer, Profile),
    ),
)
