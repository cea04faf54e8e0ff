"""What a body asked for, clause by clause, and what was done: threads, topics, points at issue, actions."""

from __future__ import annotations

from datetime import date

from django.core.validators import RegexValidator
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track
from itoguchi.network.models.meetings import Meeting


@track()
class Thread(models.Model):
    """One of the three threads: who is to take part, and what they are to do."""

    key = models.SlugField(_("記号"), primary_key=True, max_length=20)
    order = models.PositiveSmallIntegerField(_("並び"), unique=True)
    name = models.CharField(_("名称"), max_length=40)
    members = models.TextField(_("想定参加メンバー"))
    jobs = models.TextField(_("役割"), help_text=_("一行に一つ"))
    note = models.TextField(_("注"), blank=True)
    since = models.DateField(_("いつから"))
    source = models.CharField(_("出典"), max_length=300)

    class Meta:
        ordering = ("order",)
        verbose_name = _("糸")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return address_of("network:thread", self.key)

    @property
    def address(self) -> str:
        """Lasting address without mark of language."""
        return f"/threads/{self.key}"

    @property
    def job_lines(self) -> list[str]:
        return self.jobs.splitlines()


@track()
class Topic(models.Model):
    """One of the topics whose consideration is to be sped up."""

    key = models.SlugField(_("記号"), primary_key=True, max_length=40)
    order = models.PositiveSmallIntegerField(_("並び"), unique=True)
    name = models.CharField(_("名称"), max_length=100)
    text = models.TextField(_("内容"))
    since = models.DateField(_("いつから"))
    source = models.CharField(_("出典"), max_length=300)

    class Meta:
        ordering = ("order",)
        verbose_name = _("検討を加速すべき事項")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return address_of("network:topic", self.key)

    @property
    def address(self) -> str:
        """Lasting address without mark of language."""
        return f"/topics/{self.key}"


@track()
class PointAtIssue(models.Model):
    """A question under a topic (論点), in the words of the source."""

    slug = models.SlugField(_("住所"), max_length=60, unique=True)
    topic = models.ForeignKey(Topic, on_delete=models.PROTECT, related_name="points", verbose_name=_("事項"))
    order = models.PositiveSmallIntegerField(_("並び"))
    heading = models.CharField(_("見出し"), max_length=100)
    text = models.TextField(_("論点"))
    since = models.DateField(_("いつから"))
    source = models.CharField(_("出典"), max_length=300)

    class Meta:
        ordering = ("topic", "order")
        verbose_name = _("論点")
        constraints = (models.UniqueConstraint(fields=["topic", "order"], name="one_point_per_place_in_topic"),)

    def __str__(self) -> str:
        return self.text

    @property
    def address(self) -> str:
        """Lasting address without mark of language."""
        return f"/topics/{self.topic_id}#{self.slug}"


@track()
class Recommendation(models.Model):
    """A recommendation (提言) that a body adopted at a meeting."""

    key = models.SlugField(_("記号"), primary_key=True, max_length=20)
    name = models.CharField(_("名称"), max_length=100)
    meeting = models.ForeignKey(
        Meeting, on_delete=models.PROTECT, related_name="recommendations", verbose_name=_("会合")
    )
    since = models.DateField(_("いつから"))
    source = models.CharField(_("出典"), max_length=300)

    class Meta:
        ordering = ("since", "key")
        verbose_name = _("提言")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return address_of("network:recommendation", self.key)

    @property
    def address(self) -> str:
        """Lasting address without mark of language."""
        return f"/recommendations/{self.key}"


@track()
class Clause(models.Model):
    """One clause (項目) of a recommendation; its number is the source's own."""

    slug = models.SlugField(_("住所"), max_length=40, unique=True)
    recommendation = models.ForeignKey(
        Recommendation, on_delete=models.PROTECT, related_name="clauses", verbose_name=_("提言")
    )
    order = models.PositiveSmallIntegerField(_("並び"))
    number = models.CharField(_("番号"), max_length=10)
    heading = models.CharField(_("見出し"), max_length=100)
    text = models.TextField(_("文"))
    thread = models.ForeignKey(
        Thread, on_delete=models.PROTECT, null=True, blank=True, related_name="clauses", verbose_name=_("糸")
    )
    topic = models.ForeignKey(
        Topic, on_delete=models.PROTECT, null=True, blank=True, related_name="clauses", verbose_name=_("事項")
    )
    owner = models.CharField(_("担当"), max_length=100, blank=True)
    due_on = models.DateField(_("いつまでに"), null=True, blank=True)

    class Meta:
        ordering = ("recommendation", "order")
        verbose_name = _("提言の項目")
        constraints = (
            models.UniqueConstraint(
                fields=["recommendation", "number"],
                name="one_clause_per_recommendation_and_number",
                violation_error_message=_("この提言には、同じ番号の項目がすでにあります。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.number} {self.heading}"

    def get_absolute_url(self) -> str:
        return address_of("network:clause", self.slug)

    @property
    def address(self) -> str:
        """Lasting address without mark of language."""
        return f"/clauses/{self.slug}"

    @cached_property
    def known_actions(self) -> list[Action]:
        """What was done, in order of day; queries put those up to a day here."""
        return list(self.actions.order_by("day", "pk"))

    @property
    def newest(self) -> Action | None:
        """The newest action that is known: the clause's state is its state."""
        return self.known_actions[-1] if self.known_actions else None

    def state_on(self, day: date) -> Action | None:
        """The newest action up to a day."""
        done = [each for each in self.known_actions if each.day <= day]
        return done[-1] if done else None


@track()
class Action(models.Model):
    """What was done about a clause (措置): by whom, on which day, and how far it has come."""

    class State(models.TextChoices):
        STARTED = "started", _("着手")
        UNDERWAY = "underway", _("実施中")
        DONE = "done", _("実施済")

    clause = models.ForeignKey(Clause, on_delete=models.PROTECT, related_name="actions", verbose_name=_("項目"))
    day = models.DateField(_("日"), db_index=True)
    text = models.TextField(_("措置の内容"))
    owner = models.CharField(_("担当"), max_length=100, blank=True)
    state = models.CharField(_("状態"), max_length=10, choices=State)
    due_on = models.DateField(_("次はいつまでに"), null=True, blank=True)
    evidence = models.CharField(
        _("証拠"),
        max_length=500,
        blank=True,
        validators=[
            RegexValidator(
                r"\A(https?://[^\s<>\"']+|/[a-z][a-z0-9/._#-]*)\Z",
                _("https:// か / から始まる住所を書いてください（例：/meetings/task-force-4）。"),
            )
        ],
    )
    is_derived = models.BooleanField(_("読み取り"), default=False)
    source = models.CharField(_("出典"), max_length=300, blank=True)

    class Meta:
        ordering = ("day", "pk")
        verbose_name = _("措置")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state__in=["started", "underway", "done"]),
                name="action_state_is_known",
                violation_error_message=_("状態は、着手・実施中・実施済のどれかです。"),
            ),
        )

    def __str__(self) -> str:
        return self.text

    @property
    def address(self) -> str:
        """Lasting address without mark of language."""
        return f"{self.clause.address}#action-{self.pk}"
