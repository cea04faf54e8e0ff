"""What is kept of the human resources plan: programmes, groups, lines and measures, in the words of the record."""

from __future__ import annotations

from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track


def words_field(label: Any, length: int = 60) -> ArrayField[list[str], list[str]]:
    """Several wordings in their order."""
    return ArrayField(models.CharField(max_length=length), verbose_name=label, default=list, blank=True)


@track()
class Plan(models.Model):
    """A human resources plan, in force from a day until a later plan."""

    key = models.SlugField(_("記号"), primary_key=True, max_length=20)
    name = models.CharField(_("名称"), max_length=60)
    since = models.DateField(_("資料の日"), unique=True)
    aim = models.TextField(_("目的"), help_text=_("一文を一行に"))
    not_published = words_field(_("公表値なしのもの"), 100)
    source = models.CharField(_("出典"), max_length=300)

    class Meta:
        ordering = ("since",)
        verbose_name = _("人材プラン")

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return address_of("learning:plan")

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return "/learning/plan"

    @property
    def aim_lines(self) -> list[str]:
        return self.aim.splitlines()


@track()
class Issue(models.Model):
    """A kind of people who are short (課題)."""

    key = models.SlugField(_("記号"), primary_key=True, max_length=40)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="issues", verbose_name=_("人材プラン"))
    order = models.PositiveSmallIntegerField(_("並び"))
    text = models.CharField(_("課題"), max_length=200)

    class Meta:
        ordering = ("plan", "order")
        verbose_name = _("課題")
        constraints = (models.UniqueConstraint(fields=["plan", "order"], name="one_issue_per_place_in_plan"),)

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return f"{address_of('learning:plan')}#{self.key}"

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/learning/plan#{self.key}"


@track()
class Programme(models.Model):
    """One of the plan's programmes, each on an axis."""

    key = models.SlugField(_("記号"), primary_key=True, max_length=40)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="programmes", verbose_name=_("人材プラン"))
    order = models.PositiveSmallIntegerField(_("並び"))
    name = models.CharField(_("名称"), max_length=60)
    axis = models.CharField(_("軸"), max_length=100)
    audiences = words_field(_("対象となる人"))

    class Meta:
        ordering = ("plan", "order")
        verbose_name = _("プログラム名")
        constraints = (models.UniqueConstraint(fields=["plan", "order"], name="one_programme_per_place_in_plan"),)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return address_of("learning:programme", self.key)

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/learning/programmes/{self.key}"


@track()
class Group(models.Model):
    """A group of a programme with its main targets, worded twice where the record words them twice."""

    key = models.SlugField(_("記号"), primary_key=True, max_length=40)
    programme = models.ForeignKey(
        Programme, on_delete=models.PROTECT, related_name="groups", verbose_name=_("プログラム名")
    )
    order = models.PositiveSmallIntegerField(_("並び"))
    name = models.CharField(_("名称"), max_length=100)
    targets = words_field(_("主要ターゲット"))
    targets_on_page = words_field(_("主要ターゲット（プログラムのページでの書き方がちがうとき）"))

    class Meta:
        ordering = ("programme", "order")
        verbose_name = _("まとまり")
        constraints = (models.UniqueConstraint(fields=["programme", "order"], name="one_group_per_place_in_programme"),)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{self.programme.get_absolute_url()}#{self.key}"

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"{self.programme.address}#{self.key}"

    @property
    def shown_targets(self) -> str:
        """As the overview words them: `自治体、地域企業`."""
        return "、".join(self.targets)

    @property
    def shown_targets_on_page(self) -> str:
        """As the programme's own page words them, the same where it does not differ."""
        return "、".join(self.targets_on_page or self.targets)

    @property
    def is_worded_twice(self) -> bool:
        return bool(self.targets_on_page) and self.targets_on_page != self.targets


@track()
class Line(models.Model):
    """A line of measures in a group; `and_more` says that the record ends it with 等."""

    key = models.SlugField(_("記号"), primary_key=True, max_length=40)
    group = models.ForeignKey(Group, on_delete=models.PROTECT, related_name="lines", verbose_name=_("まとまり"))
    order = models.PositiveSmallIntegerField(_("並び"))
    name = models.CharField(_("名称"), max_length=100)
    and_more = models.BooleanField(_("等で終わる"), default=False)

    class Meta:
        ordering = ("group", "order")
        verbose_name = _("施策の柱")
        constraints = (models.UniqueConstraint(fields=["group", "order"], name="one_line_per_place_in_group"),)

    def __str__(self) -> str:
        return self.name

    def get_absolute_url(self) -> str:
        return f"{self.group.programme.get_absolute_url()}#{self.key}"

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"{self.group.programme.address}#{self.key}"

    @property
    def shown_measures(self) -> str:
        """The measures as the record writes them: `若手…の育成、…演習 等`."""
        return "、".join(measure.text for measure in self.measures.all()) + (" 等" if self.and_more else "")


@track()
class Measure(models.Model):
    """One measure of a line."""

    line = models.ForeignKey(Line, on_delete=models.PROTECT, related_name="measures", verbose_name=_("施策の柱"))
    order = models.PositiveSmallIntegerField(_("並び"))
    text = models.CharField(_("施策"), max_length=200)

    class Meta:
        ordering = ("line", "order")
        verbose_name = _("施策")
        constraints = (models.UniqueConstraint(fields=["line", "order"], name="one_measure_per_place_in_line"),)

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return f"{self.line.group.programme.get_absolute_url()}#{self.anchor}"

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"{self.line.group.programme.address}#{self.anchor}"

    @property
    def anchor(self) -> str:
        return f"{self.line_id}-{self.order}"


@track()
class Link(models.Model):
    """What joins the programmes: a connection in the diagram, or a rule for the whole plan; never a measure."""

    class Kind(models.TextChoices):
        CONNECTION = "connection", _("プログラムをつなぐもの")
        RULE = "rule", _("プラン全体の約束")

    key = models.SlugField(_("記号"), primary_key=True, max_length=40)
    plan = models.ForeignKey(Plan, on_delete=models.PROTECT, related_name="links", verbose_name=_("人材プラン"))
    order = models.PositiveSmallIntegerField(_("並び"))
    kind = models.CharField(_("種類"), max_length=12, choices=Kind)
    text = models.CharField(_("内容"), max_length=200)
    programme = models.ForeignKey(
        Programme,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="links",
        verbose_name=_("もう一度述べるプログラム"),
    )

    class Meta:
        ordering = ("plan", "order")
        verbose_name = _("つながり")
        constraints = (models.UniqueConstraint(fields=["plan", "order"], name="one_link_per_place_in_plan"),)

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return f"{address_of('learning:plan')}#{self.key}"

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/learning/plan#{self.key}"
