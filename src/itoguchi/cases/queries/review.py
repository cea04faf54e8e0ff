"""Who looks at a case or a reference model before it is published, and what is open in whose hands."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import date, timedelta
from typing import TYPE_CHECKING

from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.access import memberships_of
from itoguchi.accounts.models import Role
from itoguchi.accounts.queries import reachable
from itoguchi.cases.access import can_keep_cases, can_review
from itoguchi.cases.models import Case, ReferenceModel, Reuse, State
from itoguchi.cases.models.cases import A_YEAR
from itoguchi.core.duties import Duty
from itoguchi.core.matters import Matter
from itoguchi.core.models import Approval
from itoguchi.core.remembered import remembered
from itoguchi.core.templatetags.core import day as written
from itoguchi.core.watched import Watched
from itoguchi.core.wording import say

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account, Membership

REVIEW = "review_case"
TOPIC = "cases"
SOON = timedelta(days=30)
NEWS_FOR = timedelta(days=92)
KINDS: tuple[type[Case] | type[ReferenceModel], ...] = (Case, ReferenceModel)


def approval_of(record: Case | ReferenceModel) -> Approval | None:
    """The newest request to publish it, whatever became of it (1 query)."""
    asked = Approval.objects.filter(deed=REVIEW, subject=record.address)
    return asked.select_related("drafter", "approver").order_by("-pk").first()


def record_at(address: str) -> Case | ReferenceModel | None:
    """The case or model of a lasting address, with its area (1 query)."""
    kind, _slash, key = address.strip("/").partition("/")
    if kind == "cases":
        return Case.objects.select_related("area__block").filter(pk=int(key)).first()
    return ReferenceModel.objects.select_related("area__block").filter(pk=key).first()


def matter_of(approval: Approval) -> Matter | None:
    """A case is looked at by the bureau of its block or by the secretariat (3 queries)."""
    if approval.deed != REVIEW or (record := record_at(approval.subject)) is None:
        return None
    able = [each for each in reachable(timezone.localdate()) if can_review(each, record)]
    return Matter(say(_("「%(title)s」の公開の確認"), title=record.title), able)


_NEXT = {
    State.DRAFT: _("書き終えて、公開を求める"),
    State.RETURNED: _("差し戻された理由を読み、直して、もう一度公開を求める"),
    State.REVIEW: _("確認を待つ"),
}


def duties(membership: Membership, _day: date) -> Iterable[Duty]:
    """What an area has to write on, check again and report (3 queries, then remembered)."""
    return [] if membership.area_id is None else _duties(membership.area_id)


@remembered(most=256, of=("cases",))
def _duties(area: int) -> list[Duty]:
    cases = list(Case.objects.filter(area=area, state__in=[*_NEXT, State.PUBLISHED]).order_by("pk"))
    models = ReferenceModel.objects.filter(area=area, state__in=_NEXT).order_by("pk")
    records: list[Case | ReferenceModel] = [*cases, *models]
    found = [
        Duty(each._meta.verbose_name, each.title, each.address, _NEXT[State(each.state)])
        for each in records
        if each.state in _NEXT
    ]
    found += [
        Duty(_("事例"), case.title, f"{case.address}/check", _("いまも当てはまるかを確かめる"), case.check_due)
        for case in cases
        if case.state == State.PUBLISHED and case.check_due
    ]
    running = Reuse.objects.filter(area=area, state=Reuse.State.USING, reported_on=None)
    for reuse in running.select_related("model").order_by("pk"):
        due = reuse.begun_on + A_YEAR
        found.append(
            Duty(_("参照モデルの利用"), reuse.model.title, reuse.address, _("かかった費用と結果を報告する"), due)
        )
    return found


def watched(account: Account, day: date) -> list[Watched]:
    """Cases to look at, to check again and to report on, and what became of one's own (5 queries, then remembered)."""
    terms = memberships_of(account, day)
    areas = tuple(sorted({each.area_id for each in terms if each.area_id}))
    blocks = tuple(sorted({each.block_id for each in terms if each.block_id and each.role == Role.BUREAU}))
    return _watched(account.pk, areas, blocks, can_keep_cases(account), day)


@remembered(most=256, of=("accounts", "areas", "core", "cases"))
def _watched(
    account: int,
    areas: tuple[int, ...],
    blocks: tuple[str, ...],
    keeps: bool,  # noqa: FBT001, remembered by place
    day: date,
) -> list[Watched]:
    found = [*_to_review(account, blocks, keeps=keeps)] if blocks or keeps else []
    if areas:
        found += [*_returned(areas, day), *_to_check(areas, day), *_to_report(areas, day)]
    return found


def _to_review(account: int, blocks: tuple[str, ...], *, keeps: bool) -> Iterator[Watched]:
    """What waits to be looked at, one's own requests apart."""
    waiting = Approval.objects.filter(deed=REVIEW, state=Approval.State.DRAFTED).exclude(drafter=account)
    asked = {each.subject: each for each in waiting.select_related("drafter")}
    for kind in KINDS:
        rows = kind.objects.filter(state=State.REVIEW).order_by("pk")
        for each in rows if keeps else rows.filter(area__block__in=blocks):
            if approval := asked.get(each.address):
                why = gettext("%(who)sさんが公開を求めています。確かめてください。") % {"who": approval.drafter}
                yield Watched(TOPIC, f"case review {approval.pk}", each.title, why, each.address)


def _returned(areas: tuple[int, ...], day: date) -> Iterator[Watched]:
    """What was sent back, with the reason."""
    back = Approval.objects.filter(deed=REVIEW, state=Approval.State.RETURNED, decided_at__date__gt=day - NEWS_FOR)
    reasons = {each.subject: each for each in back.order_by("pk")}
    for kind in KINDS if reasons else ():
        for each in kind.objects.filter(area__in=areas, state=State.RETURNED).order_by("pk"):
            if approval := reasons.get(each.address):
                why = gettext("差し戻されました：%(remark)s") % {"remark": approval.remark}
                yield Watched(TOPIC, f"case returned {approval.pk}", each.title, why, each.address)


def _to_check(areas: tuple[int, ...], day: date) -> Iterator[Watched]:
    """Cases of a year ago, a month before that is over."""
    for each in Case.objects.filter(area__in=areas, state=State.PUBLISHED).order_by("pk"):
        if each.check_due and each.check_due <= day + SOON:
            why = gettext(
                "公開または前の確かめから1年になります（%(day)s）。いまも当てはまるかを確かめてください。"
            ) % {"day": written(each.check_due)}
            yield Watched(TOPIC, f"case check {each.pk} {each.check_due}", each.title, why, f"{each.address}/check")


def _to_report(areas: tuple[int, ...], day: date) -> Iterator[Watched]:
    """Reuses of a year ago without an outcome."""
    running = Reuse.objects.filter(area__in=areas, state=Reuse.State.USING, reported_on=None)
    for each in running.filter(begun_on__lte=day + SOON - A_YEAR).select_related("model").order_by("pk"):
        why = gettext("使い始めて1年になります。かかった費用と結果を報告してください。")
        yield Watched(TOPIC, f"reuse report {each.pk}", each.model.title, why, each.address)
