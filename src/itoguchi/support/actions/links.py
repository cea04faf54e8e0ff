"""Looking whether the pages of calls still open: what doesn't is told to who keeps the scheme."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from django.conf import settings
from django.db import transaction
from django.utils.translation import gettext_lazy as _

from itoguchi.core.journal import journal
from itoguchi.core.links import Looked, look_at
from itoguchi.support.models import LinkCheck, Scheme
from itoguchi.support.queries.watch import links_to_check

EVERY = timedelta(days=7)
GONE = {404, 410}
THERE = {401, 403, 405, 429}  # a page that does not want to be read by a machine is there all the same
WHY = _("公募のページの確認")
Problem = LinkCheck.Problem


@dataclass(frozen=True, slots=True)
class Checked:
    """What a round of looking found; `is_cut_off`: no server at all answered, so that nothing is known and nothing was changed."""

    looked_at: int
    dead: tuple[str, ...]  # keys of schemes
    failing: tuple[str, ...]  # not opened this time; called dead when it happens again on another day
    alive: int
    refused: tuple[str, ...]  # of the own network: not looked at
    is_cut_off: bool


def check_links(today: date, *, every: timedelta = EVERY) -> Checked:
    """Look at the pages that are due, and write down what was found.

    404 and 410 are dead at once; a server's error or no answer is, when the page did not open on an earlier day either.
    Where no server answers at all, this machine has no internet: nothing is written.
    """
    schemes = links_to_check(today, every=every)
    looked = look_at((each.link for each in schemes), may_be_private=settings.LINKS_MAY_BE_PRIVATE)
    asked = [each for each in looked.values() if each.problem != "refused"]
    if asked and all(each.status is None for each in asked):
        return Checked(len(asked), (), (), 0, (), is_cut_off=True)
    checks = [_check(each, looked[each.link], today) for each in schemes]
    _write_down(checks, today)
    return Checked(
        len(schemes),
        tuple(each.scheme_id for each in checks if _state(each, today) == Scheme.Link.DEAD),
        tuple(each.scheme_id for each in checks if each.failed_on and _state(each, today) != Scheme.Link.DEAD),
        sum(not each.problem for each in checks),
        tuple(each.scheme_id for each in checks if each.problem == Problem.REFUSED),
        is_cut_off=False,
    )


def _check(scheme: Scheme, looked: Looked, today: date) -> LinkCheck:
    problem = _problem(looked)
    before = getattr(scheme, "link_check", None)
    failed = before.failed_on if before and before.link == scheme.link else None
    has_failed = problem not in {"", Problem.REFUSED}
    return LinkCheck(
        scheme=scheme,
        link=scheme.link,
        checked_on=today,
        status=looked.status,
        problem=problem,
        failed_on=(failed or today) if has_failed else None,
    )


def _problem(looked: Looked) -> str:
    if looked.problem:
        return Problem.REFUSED if looked.problem == "refused" else Problem.NO_ANSWER
    if looked.status in GONE:
        return Problem.GONE
    return "" if looked.status and (looked.status < 400 or looked.status in THERE) else Problem.ERROR


def _state(check: LinkCheck, today: date) -> Scheme.Link | None:
    """What the scheme's page says of its link; None: as before."""
    if not check.problem:
        return Scheme.Link.ALIVE
    failed_before = check.failed_on is not None and check.failed_on < today
    is_dead = check.problem == Problem.GONE or (check.problem != Problem.REFUSED and failed_before)
    return Scheme.Link.DEAD if is_dead else None


@transaction.atomic
def _write_down(checks: Iterable[LinkCheck], today: date) -> None:
    """Keep every look; a scheme is touched only when the state of its link is another one now."""
    known = list(checks)
    names = ["link", "checked_on", "status", "problem", "failed_on"]
    LinkCheck.objects.bulk_create(
        known, batch_size=1000, update_conflicts=True, unique_fields=["scheme"], update_fields=names
    )
    with journal(why=str(WHY), door="check_links"):
        for state in (Scheme.Link.ALIVE, Scheme.Link.DEAD):
            keys = [each.scheme_id for each in known if _state(each, today) == state]
            Scheme.objects.filter(key__in=keys).exclude(link_state=state).update(link_state=state)
