"""When an area's council meets: the sessions that decide budgets, known to the month, or to the day."""

from __future__ import annotations

from django.db import models
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Area
from itoguchi.core.journal import track


@track()
class CouncilSession(models.Model):
    """A session that an area's council holds every year in a month; the days of the next one, where they are known."""

    area = models.ForeignKey(Area, on_delete=models.CASCADE, related_name="council_sessions", verbose_name=_("団体"))
    month = models.PositiveSmallIntegerField(_("開会の月"))
    name = models.CharField(_("会期の名前"), max_length=50, help_text=_("例：3月定例会"))
    is_first_budget = models.BooleanField(_("当初予算を議決する"), default=False)
    opens_on = models.DateField(_("次の開会日"), null=True, blank=True)
    closes_on = models.DateField(_("次の閉会日"), null=True, blank=True)

    class Meta:
        ordering = ("area", "month")
        verbose_name = _("議会の会期")
        constraints = (
            models.UniqueConstraint(
                fields=["area", "month"],
                name="one_session_per_month_of_an_area",
                violation_error_message=_("同じ月の会期は一つにしてください。"),
            ),
            models.CheckConstraint(
                condition=models.Q(month__gte=1, month__lte=12),
                name="session_month_is_one_of_twelve",
                violation_error_message=_("月は1から12です。"),
            ),
            models.CheckConstraint(
                condition=models.Q(opens_on=None, closes_on=None)
                | models.Q(opens_on__isnull=False, closes_on__isnull=False, opens_on__lte=models.F("closes_on")),
                name="session_opens_before_it_closes",
                violation_error_message=_("閉会日は、開会日以後にしてください。日が分かるときは両方を書いてください。"),
            ),
        )

    def __str__(self) -> str:
        return self.name
