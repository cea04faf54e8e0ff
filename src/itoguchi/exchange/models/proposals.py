"""Proposals of organisations: sealed until the deadline of the problem, and closed to every change from then on."""

from __future__ import annotations

from uuid import uuid4

import pgtrigger
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.models import Organisation
from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track
from itoguchi.core.models import FrozenFile
from itoguchi.exchange.models.problems import Problem

LONGEST_PROPOSAL = 8000

# The lock on the problem lets the opening wait for proposals on their way, so that what is opened is all there is.
IN_TIME = """
SELECT problem.state, problem.closes_at INTO asked FROM exchange_problem AS problem
WHERE problem.id = COALESCE(NEW.problem_id, OLD.problem_id) FOR SHARE;
IF asked.state <> 'published' OR clock_timestamp() >= asked.closes_at THEN
    RAISE EXCEPTION 'proposals are over' USING ERRCODE = 'check_violation';
END IF;
IF TG_OP = 'DELETE' THEN
    RETURN OLD;
END IF;
NEW.submitted_at := clock_timestamp();
RETURN NEW;
"""


@track()
class Proposal(models.Model):
    """What one organisation proposes for a problem; put in the place of the one before, or withdrawn, until the deadline.

    Its key is random: one that counts would tell how many there are.
    """

    id = models.UUIDField(primary_key=True, default=uuid4, editable=False)
    problem = models.ForeignKey(Problem, on_delete=models.PROTECT, related_name="proposals", verbose_name=_("課題"))
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, related_name="+", verbose_name=_("参加組織")
    )
    title = models.CharField(_("提案の題名"), max_length=100)
    text = models.TextField(
        _("提案の内容"), max_length=LONGEST_PROPOSAL, validators=[MaxLengthValidator(LONGEST_PROPOSAL)]
    )
    cost_yen = models.PositiveBigIntegerField(_("費用（円）"), null=True, blank=True)
    file = models.ForeignKey(
        FrozenFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ファイル")
    )
    is_withdrawn = models.BooleanField(_("取り下げた"), default=False)
    submitted_at = models.DateTimeField(_("提出した時"), db_default=Now())
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("提出した人")
    )

    class Meta:
        ordering = ("submitted_at", "pk")
        verbose_name = _("提案")
        constraints = (
            models.UniqueConstraint(
                fields=["problem", "organisation"],
                name="one_proposal_of_an_organisation",
                violation_error_message=_("この組織の提案は、すでにあります。"),
            ),
        )
        triggers = (
            pgtrigger.Trigger(
                name="in_time",
                when=pgtrigger.Before,
                operation=pgtrigger.Insert | pgtrigger.Update | pgtrigger.Delete,
                declare=[("asked", "RECORD")],
                func=IN_TIME,
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address_of("exchange:proposal", str(self.pk))
