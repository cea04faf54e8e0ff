"""What is done so that people look in time: choose of what one is told, and tell each of it once, in one mail."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING

from django.conf import settings
from django.core.exceptions import ValidationError
from django.db import transaction
from django.utils.translation import gettext, ngettext, override
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.models import Role
from itoguchi.accounts.queries import reachable
from itoguchi.core.journal import journal
from itoguchi.core.mail import post
from itoguchi.core.remembered import one_state
from itoguchi.core.watched import Watched
from itoguchi.roadmap.models import Told, Topic, Watching
from itoguchi.roadmap.queries.watch import not_yet_told, watched_by, watching_of

if TYPE_CHECKING:
    from itoguchi.accounts.models import Account

MONDAY = 0
IN_ONE_MAIL = 20


@transaction.atomic
def tune_watch(account: Account, *, topics: Sequence[str], every: str) -> Watching:
    """Choose of what one is told and how often; raises ValidationError for what there is not."""
    if unknown := set(topics) - set(Topic.values):
        raise ValidationError({"topics": str(sorted(unknown))})
    chosen = watching_of(account)
    chosen.topics, chosen.every = [topic for topic in Topic.values if topic in topics], every
    chosen.full_clean()
    with journal(by=account, why=str(_("お知らせの受け取り方"))):
        chosen.save()
    return chosen


def send_digests(today: date) -> int:
    """Write to everybody who wants to be told today of what they were not told yet; returns how many mails."""
    if settings.SMTP is None or today.weekday() != MONDAY:
        return 0
    with one_state():  # what is the same for all is read once
        return sum(_tell(account, today) for account in reachable(today, Role.values))


def _is_due(watching: Watching, today: date) -> bool:
    return watching.every == Watching.Every.WEEK or (watching.every == Watching.Every.MONTH and today.day <= 7)


def _tell(account: Account, today: date) -> bool:
    """One mail of what is new, if any is due, written down as told in the same transaction; whether there was any."""
    watching = watching_of(account)
    if not _is_due(watching, today):
        return False
    with override(account.language):
        watched = watched_by(account, today, watching)
        with transaction.atomic():
            return _write_down(account, not_yet_told(account, watched), today)


def _write_down(account: Account, new: Sequence[Watched], today: date) -> bool:
    if new:
        Told.objects.bulk_create([Told(account=account, key=each.key, on=today) for each in new], ignore_conflicts=True)
        post(
            f"watch {today.isoformat()}, to {account.pk}",
            account,
            lambda: ngettext("お知らせ（%(number)s件）", "お知らせ（%(number)s件）", len(new)) % {"number": len(new)},
            lambda: letter_of(new),
            "/follow-up/watch",
        )
    return bool(new)


def letter_of(new: Sequence[Watched]) -> str:
    """What a digest says of each new thing: its name, why, and where to look."""
    lines = [gettext("あなたの役割にかかわる、次のことをお知らせします。一度お知らせしたことは、くり返しません。")]
    for each in new[:IN_ONE_MAIL]:
        lines.append(f"・{each.title}\n  {each.why}\n  {settings.ADDRESS}{each.path}")
    if len(new) > IN_ONE_MAIL:
        lines.append(gettext("ほか%(number)s件は、ページでご覧ください。") % {"number": len(new) - IN_ONE_MAIL})
    lines.append(gettext("何をどのくらいの間隔で受け取るかは、下のページで変えられます。"))
    return "\n\n".join(lines)
