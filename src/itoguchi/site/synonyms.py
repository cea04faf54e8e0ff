"""The page on which the secretariat says which words mean the same; what is kept holds from the next search on."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied, ValidationError
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from itoguchi.accounts.models import Account
from itoguchi.core import actions, queries
from itoguchi.core.access import can_edit_synonyms
from itoguchi.roadmap.actions import index_roadmap
from itoguchi.roadmap.models import Field
from itoguchi.support.actions import index_schemes

BETWEEN = re.compile(r"[、,，\n\r]+")


@require_http_methods(["GET", "POST"])
def synonyms(request: HttpRequest) -> HttpResponse:
    """All groups of equal words by field, each to be edited or switched off; what changed last, to be undone."""
    if not can_edit_synonyms(request.user):
        raise PermissionDenied(actions.NOT_EDITING)
    fields = {each.key: each for each in Field.objects.all()}
    problems: list[str] = []
    if request.method == "POST":
        try:
            with transaction.atomic():
                _do(request, fields)
                # What rooms hand down carries the everyday words of its field.
                index_roadmap()
                index_schemes()
        except ValidationError as refused:
            problems = refused.messages
        else:
            messages.success(request, _("同じ意味の言葉を直しました。次の検索から使われます。"))
            return redirect("synonyms")
    groups = queries.synonym_groups()
    return render(
        request,
        "site/synonyms.html",
        {
            "fields": fields.values(),
            "groups": [
                (fields.get(key), key, of_field)
                for key in dict.fromkeys([*fields, *(each.field for each in groups)])
                if (of_field := [each for each in groups if each.field == key])
            ],
            "number": sum(not each.is_off for each in groups),
            "changes": _changes(),
            "problems": problems,
            "typed": {name: request.POST.get(name, "") if problems else "" for name in ("field", "words", "why")},
            "breadcrumbs": [(_("さがす"), reverse("search")), (_("同じ意味の言葉"), "")],
        },
        status=422 if problems else 200,
    )


def _do(request: HttpRequest, fields: dict[str, Field]) -> None:
    """Keep a group as typed, switch it, or undo a change; raises ValidationError."""
    by, given = cast(Account, request.user), request.POST
    if given.get("deed") == "undo":
        event = given.get("event", "")
        actions.undo_synonyms(int(event) if event.isascii() and event.isdigit() and len(event) < 18 else 0, by=by)
        return
    known = next((each for each in queries.synonym_groups() if each.name == given.get("name")), None)
    is_switch = known is not None and given.get("deed") == "switch"
    field = known.field if known and is_switch else given.get("field", "")
    if field not in fields:
        raise ValidationError(_("分野を選んでください。"))
    actions.keep_synonyms(
        field,
        known.words if known and is_switch else BETWEEN.split(given.get("words", "").replace("\x00", "")),
        replaces=known.name if known and known.shipped else "",
        group=known.edit if known else None,
        is_off=known.is_off != is_switch if known else False,
        by=by,
        why=given.get("why", "").replace("\x00", "").strip()[:300],
    )


def _changes() -> Iterable[dict[str, Any]]:
    """The last change of each group, newest first (2 queries)."""
    found = queries.last_synonym_changes()
    contexts = {each.pk: each.pgh_context.metadata if each.pgh_context else {} for each in found}
    names = {
        each.pk: str(each) for each in Account.objects.filter(pk__in=[c.get("account") for c in contexts.values()])
    }
    verbs = {"insert": _("登録"), "update": _("変更"), "delete": _("削除")}
    return [
        {
            "event": each.pgh_id,
            "at": each.pgh_created_at,
            "what": verbs[each.pgh_label],
            "who": names.get(contexts[each.pk].get("account"), _("システム")),
            "why": contexts[each.pk].get("why", ""),
            "words": "、".join(each.words),
            "is_off": each.is_off,
        }
        for each in found
    ]
