"""Pages on which the secretariat keeps organisations."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.contrib import messages
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_GET, require_http_methods

from itoguchi.accounts import actions, queries
from itoguchi.accounts.access import can_manage_accounts, can_see_accounts
from itoguchi.accounts.forms import (
    OrganisationForm,
)
from itoguchi.accounts.models import Organisation
from itoguchi.core.panels import panels_of
from itoguchi.core.tables import Column, Filter, Table

if TYPE_CHECKING:
    pass

from itoguchi.accounts.views.guards import POSTS_AND_GETS, attempt, only_for


@require_GET
@only_for(can_see_accounts)
def organisations(request: HttpRequest) -> HttpResponse:
    """All organisations."""
    table = Table(
        request=request,
        rows=queries.organisations(),
        name="organisations",
        title=gettext_lazy("参加組織の一覧"),
        order="name",
        empty=_("参加組織はまだありません。"),
        columns=(
            Column(
                "name",
                gettext_lazy("名称"),
                str,
                ("name",),
                lambda row: reverse("accounts:organisation", args=[row.pk]),
            ),
            Column("kind", gettext_lazy("種類"), lambda row: row.get_kind_display(), ("kind",)),
            Column("corporate_number", gettext_lazy("法人番号"), lambda row: row.corporate_number or _("未登録")),
            Column("people", gettext_lazy("役割の数"), lambda row: row.people, ("people",), is_number=True),
        ),
        filters=[
            Filter(
                "name",
                gettext_lazy("名称"),
                lambda rows, value: rows.filter(Q(name__icontains=value) | Q(name_en__icontains=value)),
            ),
            Filter(
                "kind", gettext_lazy("種類"), lambda rows, value: rows.filter(kind=value), Organisation.Kind.choices
            ),
        ],
    )
    return table.download() or render(
        request, "accounts/organisations.html", {"table": table, "breadcrumbs": [(_("参加組織の一覧"), "")]}
    )


@require_http_methods(POSTS_AND_GETS)
@only_for(can_manage_accounts)
def organisation(request: HttpRequest, pk: int | None = None) -> HttpResponse:
    """Add or change an organisation."""
    known = get_object_or_404(Organisation, pk=pk) if pk else None
    form = OrganisationForm(request.POST or None, instance=known)
    if form.is_valid() and attempt(form, lambda: actions.keep_organisation(form.instance, by=request.user)):
        messages.success(request, _("参加組織を登録しました。"))
        return redirect("accounts:organisations")
    title = str(known) if known else _("参加組織を加える")
    return render(
        request,
        "accounts/form.html",
        {
            "form": form,
            "title": title,
            "button": _("登録する"),
            "history": queries.history_of_organisation(known) if known else None,
            "panels": panels_of("organisation", str(known.pk), user=request.user, record=known) if known else [],
            "breadcrumbs": [(_("参加組織の一覧"), reverse("accounts:organisations")), (title, "")],
        },
    )
