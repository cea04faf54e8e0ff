"""The personas of the sample world: one account for each, named 見本, without password."""

from __future__ import annotations

import random
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.actions import grant_membership, keep_organisation, open_account
from itoguchi.accounts.models import Account, Organisation, Role
from itoguchi.areas.models import Area, Block, in_language

Kind = Organisation.Kind


@dataclass(frozen=True, slots=True)
class Persona:
    """Somebody whom the product is for."""

    role: Role
    name: str
    name_en: str
    does: Any
    area: str = ""
    block: str = ""
    organisation: tuple[str, str, Kind] | None = None

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)


PERSONAS = {
    "officer": Persona(
        Role.OFFICER,
        "見本 花子",
        "Sample Hanako",
        _("丹波篠山市の企画担当。自分のまちの次の一歩をさがす。"),
        area="282219",
    ),
    "chief": Persona(
        Role.OFFICER,
        "見本 千里",
        "Sample Chisato",
        _("丹波篠山市の課長。担当者が作った計画を確かめ、承認する。"),
        area="282219",
    ),
    "neighbour": Persona(
        Role.OFFICER, "見本 次郎", "Sample Jiro", _("隣の丹波市の担当。ほかのまちの下書きは見えない。"), area="282235"
    ),
    "prefecture": Persona(
        Role.PREFECTURE, "見本 三枝", "Sample Mie", _("兵庫県の担当。県内の市町を見守る。"), area="280003"
    ),
    "bureau": Persona(
        Role.BUREAU,
        "見本 四郎",
        "Sample Shiro",
        _("近畿総合通信局の担当。地域ブロックの懇談会を動かす。"),
        block="kinki",
    ),
    "coordinator": Persona(
        Role.COORDINATOR,
        "見本 五月",
        "Sample Satsuki",
        _("全国の事務局。統計を取り込み、説明会を束ね、状況を報告する。"),
        organisation=("見本 総務省事務局", "Sample secretariat of the ministry", Kind.MINISTRY),
    ),
    "approver": Persona(
        Role.COORDINATOR,
        "見本 十和",
        "Sample Towa",
        _("全国の事務局の承認者。起案された報告や説明会を、公開の前に確かめる。"),
        organisation=("見本 総務省事務局", "Sample secretariat of the ministry", Kind.MINISTRY),
    ),
    "adviser": Persona(
        Role.ADVISER,
        "見本 六花",
        "Sample Rikka",
        _("地方公共団体に派遣される専門家。"),
        organisation=("見本 情報大学", "Sample University of Information", Kind.UNIVERSITY),
    ),
    "partner": Persona(
        Role.PARTNER,
        "見本 七海",
        "Sample Nanami",
        _("企業の担当。まちの課題に答える。"),
        organisation=("見本 通信株式会社", "Sample Telecom Inc.", Kind.COMPANY),
    ),
    "funder": Persona(
        Role.FUNDER,
        "見本 八重",
        "Sample Yae",
        _("地域の銀行の担当。資金を求める取組をさがす。"),
        organisation=("見本 信用金庫", "Sample Shinkin Bank", Kind.BANK),
    ),
}


def load_sample(rng: random.Random, today: date) -> None:
    """Open the personas' accounts with their roles since last April; those that are there stay as they are."""
    april = date(today.year - (today.month < 4), 4, 1)
    for key, persona in PERSONAS.items():
        if not Account.objects.filter(sign_in_name=key).exists():
            open_persona(key, persona, since=april)


def open_persona(key: str, persona: Persona, *, since: date) -> Account:
    """One persona's account with its role."""
    account = open_account(sign_in_name=key, name=persona.name, name_en=persona.name_en, password=None, by=None)
    organisation = None
    if persona.organisation:
        name, name_en, kind = persona.organisation
        organisation = Organisation.objects.filter(name=name).first() or keep_organisation(
            Organisation(name=name, name_en=name_en, kind=kind), by=None
        )
    grant_membership(
        account,
        role=persona.role,
        area=Area.objects.get(code=persona.area) if persona.area else None,
        block=Block.objects.get(key=persona.block) if persona.block else None,
        organisation=organisation,
        valid_from=since,
        by=None,
    )
    return account
