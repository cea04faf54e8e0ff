"""Pages on which a person makes and stops keys for programs."""

from __future__ import annotations

from typing import cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods, require_POST

from itoguchi.accounts import actions, queries
from itoguchi.accounts.access import memberships_that_write
from itoguchi.accounts.forms import TokenForm
from itoguchi.accounts.models import Account, ApiToken
from itoguchi.accounts.views.guards import POSTS_AND_GETS, attempt


@never_cache
@require_http_methods(POSTS_AND_GETS)
def tokens(request: HttpRequest) -> HttpResponse:
    """My keys, and a new one, whose secret is shown on this answer alone."""
    account, today = cast(Account, request.user), timezone.localdate()
    form = TokenForm(memberships_that_write(account), today, request.POST if request.method == "POST" else None)
    made: list[tuple[ApiToken, str]] = []
    if form.is_valid() and attempt(
        form, lambda: made.append(actions.make_token(**form.cleaned_data, today=today, by=account))
    ):
        form = TokenForm(memberships_that_write(account), today)
    return render(
        request,
        "accounts/tokens.html",
        {
            "form": form,
            "made": made[0] if made else None,
            "tokens": [(token, token.is_good_on(today)) for token in queries.tokens_of(account)],
            "breadcrumbs": [(_("自分のアカウント"), reverse("accounts:me")), (_("APIの鍵"), "")],
        },
    )


@require_POST
def revoke_token(request: HttpRequest, pk: int) -> HttpResponse:
    """Stop a key: my own, or anybody's when I keep accounts."""
    token = get_object_or_404(queries.tokens_seen_by(cast(Account, request.user)), pk=pk)
    owner = token.membership.account
    actions.revoke_token(token, at=timezone.now(), by=request.user)
    messages.success(request, _("鍵を止めました。この鍵ではもう書き込めません。"))
    return (
        redirect("accounts:tokens")
        if owner == request.user
        else redirect("accounts:person", sign_in_name=owner.sign_in_name)
    )
