"""What pages of cases and models share: whose page it is, the filters, and how a deed is done and told."""

from __future__ import annotations

from typing import Any

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from itoguchi.accounts.access import memberships_of
from itoguchi.areas.models import Area
from itoguchi.areas.queries import area_of_code, prefectures
from itoguchi.cases import actions, queries
from itoguchi.cases.access import can_review, can_write_for
from itoguchi.cases.actions.cases import NOT_YOURS
from itoguchi.cases.models import Case, ReferenceModel, State
from itoguchi.core.folding import fold
from itoguchi.core.journal import history_of
from itoguchi.core.models import Approval
from itoguchi.core.tables import Filter


def in_japanese(text: object) -> str:
    """Words of the record; on an English page marked as Japanese."""
    return str(text) if get_language() == "ja" or not text else format_html('<span lang="ja">{}</span>', text)


def area_at(code: str) -> Area:
    """The area of an address, by its present code or a former one."""
    area = area_of_code(fold(code))
    if area is None:
        raise Http404
    return area


def own_areas(request: HttpRequest) -> list[Area]:
    """Areas that the reader works for (1 query a request)."""
    return [each.area for each in getattr(request.user, "terms", ()) if each.area and _stands(request, each)]


def _stands(request: HttpRequest, membership: Any) -> bool:
    return any(each.pk == membership.pk for each in memberships_of(request.user))


def of_area(rows: QuerySet[Any], code: str) -> QuerySet[Any]:
    """Narrowed to an area, by its present code or a former one."""
    area = area_of_code(fold(code))
    return rows.filter(area=area) if area else rows.none()


def filters_of(solutions: QuerySet[Any], *, states: bool) -> list[Filter]:
    """The choices above both lists (2 queries); `states` where the reader sees more than what is published."""
    known = list(solutions.select_related("field"))
    places = list(prefectures().select_related("block"))
    found = [
        Filter(
            "solution",
            gettext_lazy("分野別モデル"),
            lambda rows, value: rows.filter(solution=value),
            [(each.key, each.name) for each in known],
            is_japanese=True,
        ),
        Filter(
            "field",
            gettext_lazy("分野"),
            lambda rows, value: rows.filter(solution__field=value),
            list(dict.fromkeys((each.field.key, each.field.name) for each in known)),
            is_japanese=True,
        ),
        Filter(
            "block",
            gettext_lazy("地域ブロック"),
            lambda rows, value: rows.filter(area__block=value),
            list(dict.fromkeys((each.block.key, str(each.block)) for each in places)),
        ),
        Filter(
            "prefecture",
            gettext_lazy("都道府県"),
            lambda rows, value: rows.filter(Q(area__prefecture__code=value) | Q(area__code=value)),
            [(each.code, str(each)) for each in places],
        ),
        Filter("area", gettext_lazy("団体コード"), of_area),
    ]
    if states:
        found.append(Filter("state", gettext_lazy("状態"), lambda rows, value: rows.filter(state=value), State.choices))
    return found


def standing_of(request: HttpRequest, record: Case | ReferenceModel) -> dict[str, Any]:
    """What the reader may do with a case or a model, and the request that waits or was sent back (1 query for that)."""
    may_write, may_review = can_write_for(request.user, record.area), can_review(request.user, record)
    is_asked = record.state in {State.REVIEW, State.RETURNED} and (may_write or may_review)
    approval: Approval | None = queries.approval_of(record) if is_asked else None
    return {
        "may_write": may_write,
        "may_review": may_review and approval is not None and approval.drafter_id != request.user.pk,
        "is_own_request": approval is not None and approval.drafter_id == request.user.pk,
        "approval": approval,
        "is_open": may_write and record.is_being_written,
    }


def history_page(request: HttpRequest, record: Case | ReferenceModel, trail: list[tuple[str, str]]) -> HttpResponse:
    """Who changed what of it, for who may write or review it."""
    if not (can_write_for(request.user, record.area) or can_review(request.user, record)):
        raise PermissionDenied(_("変更の記録を見られるのは、その団体の担当者・総合通信局等・事務局だけです。"))
    shown = {"record": record, "history": history_of(record), "breadcrumbs": trail}
    return render(request, "cases/history.html", shown)


def do_deed(request: HttpRequest, record: Case | ReferenceModel) -> HttpResponse:
    """Ask for publication, decide, open anew or end, and say what came of it."""
    user, today = request.user, timezone.localdate()
    remark, deed = request.POST.get("remark", "")[:1000].replace("\x00", ""), request.POST.get("deed", "")
    done = {
        "ask": _("公開を求めました。総合通信局等か事務局が確かめます。"),
        "approve": _("公開しました。"),
        "send_back": _("差し戻しました。"),
        "withdraw": _("取り下げました。"),
        "reopen": _("直せるようにしました。もう一度確かめられるまで、ほかの方には見せません。"),
        "end": _("公開を終えました。"),
    }
    if deed not in done:
        raise Http404
    if not (can_write_for(user, record.area) or can_review(user, record)):
        raise PermissionDenied(NOT_YOURS)
    try:
        if deed == "ask":
            actions.ask_for_review(record, by=user, reason=remark)
        elif deed in {"reopen", "end"}:
            (actions.reopen if deed == "reopen" else actions.end)(record, by=user, why=remark[:300])
        else:
            actions.decide_on(record, deed=deed, by=user, today=today, remark=remark)
    except ValidationError as refused:
        messages.error(request, " ".join(refused.messages))
    except PermissionDenied as refused:
        messages.error(request, str(refused))
    else:
        messages.success(request, done[deed])
    return redirect(record)
