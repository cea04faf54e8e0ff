"""Follow-up: since when a KPI stands as it does, and what is done where it is late or missed."""

from __future__ import annotations

from django.core.validators import RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track
from itoguchi.roadmap.models.aims import Kpi


class State(models.TextChoices):
    """How a KPI stands against the target in force."""

    REACHED = "reached", _("達成")
    ON_TRACK = "on-track", _("順調")
    LATE = "late", _("遅れ")
    MISSED = "missed", _("未達")
    NO_VALUE = "no-value", _("数値なし")


ASKS = (State.LATE, State.MISSED)  # for what is done about it


@track()
class StandingChange(models.Model):
    """From a day on a KPI stands so; where it is late or missed, this is the question that remedies answer."""

    kpi = models.ForeignKey(Kpi, on_delete=models.CASCADE, related_name="standing_changes", verbose_name=_("KPI"))
    day = models.DateField(_("いつから"))
    state = models.CharField(_("状況"), max_length=10, choices=State)
    why = models.CharField(_("理由"), max_length=300)
    value = models.DecimalField(_("そのときの値"), max_digits=14, decimal_places=3, null=True, blank=True)

    class Meta:
        ordering = ("kpi", "-day")
        verbose_name = _("KPIの状況の変化")
        constraints = (models.UniqueConstraint(fields=["kpi", "day"], name="one_standing_of_a_kpi_on_a_day"),)

    def __str__(self) -> str:
        return f"{self.kpi} {self.get_state_display()}"

    @property
    def asks(self) -> bool:
        """Whether it asks what is done."""
        return self.state in ASKS


def address_here(most: int) -> models.CharField[str, str]:
    """The lasting address of a record of another room."""
    return models.CharField(
        max_length=most,
        blank=True,
        validators=[
            RegexValidator(
                r"\A/[a-z][a-z0-9/._#-]*\Z", _("このサイトの住所を / から書いてください（例：/meetings/2017-03-24）。")
            )
        ],
    )


@track()
class Remedy(models.Model):
    """What is done about a KPI that is late or missed: by whom, by when, and what it is expected to bring."""

    question = models.ForeignKey(
        StandingChange, on_delete=models.CASCADE, related_name="remedies", verbose_name=_("KPIの状況の変化")
    )
    text = models.CharField(_("改善策"), max_length=300)
    by_whom = models.CharField(_("だれが"), max_length=100)
    due_on = models.DateField(_("いつまでに"))
    expected = models.DecimalField(_("見込む値"), max_digits=14, decimal_places=3, null=True, blank=True)
    expected_on = models.DateField(_("見込む時点"), null=True, blank=True)
    bears_on = address_here(300)
    meeting = address_here(300)
    recorded_on = models.DateField(_("記録した日"))

    class Meta:
        ordering = ("due_on", "pk")
        verbose_name = _("改善策")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(expected__isnull=True, expected_on__isnull=True)
                | models.Q(expected__isnull=False, expected_on__isnull=False),
                name="expected_value_has_a_day",
                violation_error_message=_("見込む値と見込む時点は、両方書いてください。"),
            ),
        )

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return f"{address_of('roadmap:follow_up')}#{self.question.kpi_id}"

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/follow-up/#{self.question.kpi_id}"
