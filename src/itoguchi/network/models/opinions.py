"""Opinions: the periods in which they are asked for, what was said where, how it was answered, decided on, and what it changed."""

from __future__ import annotations

from datetime import date, datetime

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models.expressions import OrderBy
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Area, Block
from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track
from itoguchi.network.models.meetings import Meeting
from itoguchi.network.models.people import Member
from itoguchi.network.models.recommendations import Clause
from itoguchi.roadmap.models import Field, Noun, Revision
from itoguchi.roadmap.models.follow_up import address_here

LONGEST = 4000


@track()
class CommentPeriod(models.Model):
    """A time in which everybody may send an opinion on something, without signing in."""

    slug = models.SlugField(_("住所"), max_length=60, unique=True, help_text=_("変わらない。例：2018-roadmap"))
    title = models.CharField(_("題名"), max_length=100)
    about = models.TextField(_("何について、何を聞くか"), max_length=LONGEST, validators=[MaxLengthValidator(LONGEST)])
    subject = address_here(300)
    opens_at = models.DateTimeField(_("受付開始"))
    closes_at = models.DateTimeField(_("受付終了"))
    source = models.CharField(_("出典"), max_length=300, blank=True)

    class Meta:
        ordering = ("-opens_at", "-pk")
        verbose_name = _("意見募集")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(opens_at__lt=models.F("closes_at")),
                name="comment_period_begins_before_it_ends",
                violation_error_message=_("受付終了は、受付開始より後にしてください。"),
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address_of("network:period", self.slug)

    @property
    def address(self) -> str:
        """Lasting address without mark of language."""
        return f"/comments/{self.slug}"

    def is_open_at(self, now: datetime) -> bool:
        """The moment it opens counts, the moment it closes no more."""
        return self.opens_at <= now < self.closes_at


@track()
class Decision(models.Model):
    """What a meeting decided about opinions."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="decisions", verbose_name=_("会合"))
    text = models.TextField(_("決まったこと"), max_length=LONGEST, validators=[MaxLengthValidator(LONGEST)])

    class Meta:
        ordering = ("meeting__held_on", "pk")
        verbose_name = _("対応")

    def __str__(self) -> str:
        return self.text

    def get_absolute_url(self) -> str:
        return address_of("network:decision", str(self.pk))

    @property
    def address(self) -> str:
        """Lasting address without mark of language."""
        return f"/decisions/{self.pk}"


def issues_first() -> list[OrderBy]:
    """Order of opinions: issues before other opinions, each the newest first."""
    is_issue = models.Case(models.When(kind="issue", then=models.Value(1)), default=models.Value(0))
    return [is_issue.desc(), models.F("said_on").desc(), models.F("id").desc()]


@track()
class Opinion(models.Model):
    """What somebody said about the roadmap or an issue. What says the same is merged into one and leads to it.

    How far it has come is told by its days, so that it can be asked for any day (`state_on`).
    """

    class Kind(models.TextChoices):
        OPINION = "opinion", _("意見")
        ISSUE = "issue", _("課題・論点")
        PROPOSAL = "proposal", _("提案")

    class Origin(models.TextChoices):
        CITIZEN = "citizen", _("意見募集")
        BRIEFING = "briefing", _("説明会")
        VISIT = "visit", _("訪問")
        MEETING = "meeting", _("会合")
        MEMBER = "member", _("構成員")
        AREA = "area", _("団体")

    class Author(models.TextChoices):
        UNKNOWN = "unknown", _("記載なし")
        RESIDENT = "resident", _("住民")
        AREA = "area", _("地方公共団体")
        COMPANY = "company", _("企業")
        ACADEMIC = "academic", _("大学・研究機関")
        GROUP = "group", _("NPO・団体")

    class Moderation(models.TextChoices):
        WAITING = "waiting", _("確認待ち")
        PASSED = "passed", _("確認済み")
        REFUSED = "refused", _("掲載しない")

    class Verdict(models.TextChoices):
        ADOPTED = "adopted", _("採用")
        PARTLY = "partly", _("一部採用")
        NOTED = "noted", _("今後の参考")
        NOT_ADOPTED = "not-adopted", _("採用しない")

    class State(models.TextChoices):
        HELD = "held", _("確認待ち")
        REFUSED = "refused", _("掲載しない")
        RECEIVED = "received", _("受付")
        SORTED = "sorted", _("整理済み")
        MERGED = "merged", _("統合")
        ANSWERED = "answered", _("回答済み")

    period = models.ForeignKey(
        CommentPeriod,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="opinions",
        verbose_name=_("意見募集"),
    )
    kind = models.CharField(_("種類"), max_length=10, choices=Kind, default=Kind.OPINION)
    origin = models.CharField(_("どこから"), max_length=10, choices=Origin)
    heard_at = address_here(300)  # the briefing, meeting or member, by its address: higher rooms are not known here
    said_on = models.DateField(_("述べられた日"))
    author = models.CharField(_("述べた人"), max_length=10, choices=Author, default=Author.UNKNOWN)
    area = models.ForeignKey(
        Area, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("団体")
    )
    block = models.ForeignKey(
        Block, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("地域ブロック")
    )
    # Who said it for their own body: a member of a thread, or somebody who sits in a council or task force.
    member = models.ForeignKey(
        "network.ThreadMember",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="opinions",
        verbose_name=_("糸の構成員"),
    )
    seat = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="opinions", verbose_name=_("構成員")
    )
    field = models.ForeignKey(
        Field, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("分野")
    )
    title = models.CharField(_("ひとことで"), max_length=100)
    text = models.TextField(_("意見の文"), max_length=LONGEST, validators=[MaxLengthValidator(LONGEST)])
    subject = address_here(300)  # the clause, KPI or solution that it is about
    may_be_public = models.BooleanField(_("公開してよい"), default=True)
    moderation = models.CharField(_("確認"), max_length=10, choices=Moderation, default=Moderation.WAITING)
    moderated_on = models.DateField(_("確認した日"), null=True, blank=True)
    moderation_reason = models.CharField(_("掲載しない理由"), max_length=300, blank=True)
    sorted_on = models.DateField(_("整理した日"), null=True, blank=True)
    merged_into = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="merged", verbose_name=_("統合先")
    )
    merged_on = models.DateField(_("統合した日"), null=True, blank=True)
    verdict = models.CharField(_("採否"), max_length=12, choices=Verdict, blank=True)
    answer = models.TextField(_("回答と理由"), max_length=LONGEST, blank=True, validators=[MaxLengthValidator(LONGEST)])
    answered_on = models.DateField(_("回答した日"), null=True, blank=True)
    decision = models.ForeignKey(
        Decision, on_delete=models.PROTECT, null=True, blank=True, related_name="opinions", verbose_name=_("対応")
    )
    # Of a citizen's words, so that the same ones sent again and again to a period are caught by the database.
    fingerprint = models.CharField(max_length=64, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("記録した人"),
    )

    class Meta:
        ordering = ("-said_on", "-pk")
        verbose_name = _("意見")
        indexes = (
            models.Index(fields=["-said_on", "-id"], name="opinion_newest"),
            models.Index(fields=["moderation", "may_be_public", "sorted_on"], name="opinion_waiting"),
            models.Index(fields=["said_on", "id"], name="opinion_held", condition=models.Q(moderation="waiting")),
            models.Index(
                fields=["said_on", "id"],
                name="opinion_open",
                condition=models.Q(moderation="passed", merged_on=None, answered_on=None),
            ),
            models.Index(fields=["heard_at"], name="opinion_heard_at", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["subject"], name="opinion_subject"),
            models.Index(
                "block",
                *issues_first(),
                condition=models.Q(moderation="passed", may_be_public=True, merged_into=None),
                name="opinion_of_block",
            ),
        )
        constraints = (
            models.CheckConstraint(
                condition=models.Q(moderation="waiting", moderated_on=None)
                | models.Q(moderation="passed", moderated_on__isnull=False)
                | (models.Q(moderation="refused", moderated_on__isnull=False) & ~models.Q(moderation_reason="")),
                name="moderated_opinion_has_day_and_reason",
                violation_error_message=_("掲載しないときは、理由を書いてください。"),
            ),
            models.CheckConstraint(
                condition=models.Q(moderation="passed")
                | models.Q(sorted_on=None, merged_into=None, answered_on=None, decision=None),
                name="only_a_passed_opinion_goes_on",
                violation_error_message=_("確認の済んだ意見だけを、整理し、統合し、回答できます。"),
            ),
            models.CheckConstraint(
                condition=models.Q(merged_into=None, merged_on=None)
                | models.Q(merged_into__isnull=False, merged_on__isnull=False, answered_on=None),
                name="merged_opinion_has_day_and_no_answer",
                violation_error_message=_("回答した意見は、ほかに統合できません。"),
            ),
            models.CheckConstraint(
                condition=~models.Q(merged_into=models.F("pk")),
                name="opinion_is_not_merged_into_itself",
                violation_error_message=_("自分自身には統合できません。"),
            ),
            models.CheckConstraint(
                condition=models.Q(answered_on=None, verdict="", answer="")
                | (models.Q(answered_on__isnull=False) & ~models.Q(verdict="") & ~models.Q(answer="")),
                name="answered_opinion_has_verdict_reason_and_day",
                violation_error_message=_("採否と、その理由を書いてください。"),
            ),
            models.CheckConstraint(
                condition=models.Q(member=None, seat=None)
                | (models.Q(origin="member") & (models.Q(member=None) | models.Q(seat=None))),
                name="opinion_is_of_one_member",
                violation_error_message=_("構成員の意見は、一つの構成員のものにしてください。"),
            ),
            models.UniqueConstraint(
                fields=["period", "fingerprint"],
                condition=~models.Q(fingerprint=""),
                name="one_opinion_of_the_same_words_per_period",
                violation_error_message=_("同じ文の意見が、もう届いています。"),
            ),
        )

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address_of("network:opinion", str(self.pk))

    @property
    def address(self) -> str:
        """Lasting address without mark of language."""
        return f"/opinions/{self.pk}"

    @property
    def is_public(self) -> bool:
        """Whether everybody may read it: it was looked at, and may be shown."""
        return self.moderation == self.Moderation.PASSED and self.may_be_public

    @property
    def is_point_at_issue(self) -> bool:
        """Whether it is one of the points at issue of a topic, which are opinions too."""
        return self.heard_at.startswith("/topics/")

    def state_on(self, day: date) -> State:
        """How far it had come by the end of a day; `queries.with_state` says the same in SQL."""
        if self.moderation != self.Moderation.PASSED:
            return self.State.HELD if self.moderation == self.Moderation.WAITING else self.State.REFUSED
        for on, state in (
            (self.merged_on, self.State.MERGED),
            (self.answered_on, self.State.ANSWERED),
            (self.sorted_on, self.State.SORTED),
        ):
            if on is not None and on <= day:
                return state
        return self.State.RECEIVED


@track()
class Change(models.Model):
    """What a decision changed: the words of a clause, or a thing in a draft edition of the roadmap.

    Of a clause the words before and after are kept here; what differs in a draft is read from the draft itself.
    """

    decision = models.ForeignKey(Decision, on_delete=models.CASCADE, related_name="changes", verbose_name=_("対応"))
    clause = models.ForeignKey(
        Clause, on_delete=models.PROTECT, null=True, blank=True, related_name="changes", verbose_name=_("提言の項目")
    )
    before = models.TextField(_("旧"), blank=True)
    after = models.TextField(_("新"), blank=True, max_length=LONGEST, validators=[MaxLengthValidator(LONGEST)])
    revision = models.ForeignKey(
        Revision, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("改定案")
    )
    noun = models.CharField(_("何を"), max_length=12, choices=Noun, blank=True)
    key = models.SlugField(_("記号"), max_length=60, blank=True)
    reason = models.CharField(_("理由"), max_length=500)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("変えたこと")
        constraints = (
            models.CheckConstraint(
                condition=(models.Q(clause__isnull=False, revision=None, noun="", key="") & ~models.Q(after=""))
                | (
                    models.Q(clause=None, revision__isnull=False, before="", after="")
                    & ~models.Q(noun="")
                    & ~models.Q(key="")
                ),
                name="change_is_of_a_clause_or_of_a_draft",
                violation_error_message=_("提言の項目か、改定案の項目の、どちらか一つを選んでください。"),
            ),
            models.UniqueConstraint(
                fields=["decision", "clause"],
                condition=models.Q(clause__isnull=False),
                name="one_change_of_a_clause_per_decision",
                violation_error_message=_("この対応には、同じ項目の変更がすでにあります。"),
            ),
            models.UniqueConstraint(
                fields=["decision", "revision", "noun", "key"],
                condition=models.Q(revision__isnull=False),
                name="one_change_of_a_thing_per_decision",
                violation_error_message=_("この対応には、同じ項目の変更がすでにあります。"),
            ),
        )

    def __str__(self) -> str:
        return str(self.clause) if self.clause else f"{self.get_noun_display()} {self.key}"
