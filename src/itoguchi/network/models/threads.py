"""Threads as they run: one of each field, one of each block, one nationwide; who takes part how long, and what runs in them."""

from __future__ import annotations

from datetime import date

from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import ArrayField, DateRangeField, RangeOperators
from django.db import models
from django.db.models.functions import Cast, Coalesce
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.models import Organisation
from itoguchi.areas.models import Area, Block
from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track
from itoguchi.network.models.meetings import Body
from itoguchi.network.models.opinions import Opinion
from itoguchi.network.models.recommendations import Thread, Topic
from itoguchi.roadmap.models import Field, Solution
from itoguchi.roadmap.models.follow_up import address_here


def days_of_term() -> models.Func:
    """A term as a range of days, both ends within; one that ends before it begins, which is refused elsewhere, is a day."""
    until = models.Case(models.When(valid_to__lt=models.F("valid_from"), then="valid_from"), default="valid_to")
    ends = [
        Cast(each, models.DateField()) for each in (models.F("valid_from"), until)
    ]  # typed, so that it can be tried
    return models.Func(*ends, models.Value("[]"), function="daterange", output_field=DateRangeField())


@track()
class Strand(models.Model):
    """A thread where it runs: the vertical one in a field, the diagonal one in a block, the horizontal one nationwide."""

    key = models.SlugField(_("記号"), primary_key=True, max_length=60)
    thread = models.ForeignKey(Thread, on_delete=models.PROTECT, related_name="strands", verbose_name=_("糸"))
    field = models.ForeignKey(
        Field, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("分野")
    )
    block = models.ForeignKey(
        Block, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("地域ブロック")
    )
    run_by = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("運営する組織"),
        help_text=_("なければ、縦と横は事務局、斜めはその地域の総合通信局等"),
    )
    body = models.ForeignKey(
        Body,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="strands",
        verbose_name=_("会合を開く会議体"),
    )

    class Meta:
        ordering = ("thread__order", "field__order", "block__order")
        verbose_name = _("分野・地域の糸")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(thread="vertical", field__isnull=False, block=None)
                | models.Q(thread="horizontal", field=None, block=None)
                | models.Q(thread="diagonal", field=None, block__isnull=False),
                name="strand_fits_its_thread",
                violation_error_message=_("縦の糸には分野を、斜めの糸には地域ブロックを、一つ選んでください。"),
            ),
            models.UniqueConstraint(
                fields=["thread", "field", "block"],
                name="one_strand_of_a_thread_per_field_and_block",
                nulls_distinct=False,
                violation_error_message=_("この分野・地域の糸は、すでにあります。"),
            ),
        )

    def __str__(self) -> str:
        place = self.field or (self.block and self.block.name)  # Japanese throughout, as the name of the thread is
        return f"{self.thread}：{place}" if place else str(self.thread)

    def get_absolute_url(self) -> str:
        return address_of("network:thread", self.key)

    @property
    def address(self) -> str:
        """Lasting address without mark of language."""
        return f"/threads/{self.key}"


@track()
class ThreadMember(models.Model):
    """An area or organisation that asked to take part in a thread, or takes part, in a role, from a day to a day."""

    class Role(models.TextChoices):
        CHAIR = "chair", _("座長")
        MEMBER = "member", _("構成員")
        OBSERVER = "observer", _("オブザーバー")

    class State(models.TextChoices):
        ASKED = "asked", _("承認待ち")
        APPROVED = "approved", _("参加")
        REFUSED = "refused", _("見送り")
        WITHDRAWN = "withdrawn", _("取下げ")

    strand = models.ForeignKey(
        Strand, on_delete=models.PROTECT, related_name="members", verbose_name=_("分野・地域の糸")
    )
    area = models.ForeignKey(
        Area, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("団体")
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("参加組織")
    )
    role = models.CharField(_("役割"), max_length=10, choices=Role, default=Role.MEMBER)
    # Where it stands in the weave: keys of fields and blocks; none of a kind means all of them.
    fields = ArrayField(models.SlugField(max_length=40), verbose_name=_("取り組む分野"), default=list, blank=True)
    blocks = ArrayField(models.SlugField(max_length=20), verbose_name=_("取り組む地域"), default=list, blank=True)
    brings = models.CharField(_("取り組みたいこと・できること"), max_length=300, blank=True)
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.ASKED)
    asked_on = models.DateField(_("申し込んだ日"))
    valid_from = models.DateField(_("いつから"), null=True, blank=True)
    valid_to = models.DateField(_("いつまで"), null=True, blank=True)

    class Meta:
        ordering = ("strand", "pk")
        verbose_name = _("糸の構成員")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(area__isnull=False, organisation=None)
                | models.Q(area=None, organisation__isnull=False),
                name="thread_member_is_area_or_organisation",
                violation_error_message=_("団体か参加組織の、どちらか一つを選んでください。"),
            ),
            models.CheckConstraint(
                condition=models.Q(state="approved", valid_from__isnull=False)
                | (~models.Q(state="approved") & models.Q(valid_from=None, valid_to=None)),
                name="thread_member_in_has_first_day",
                violation_error_message=_("参加を認めるときは、いつからかを入れてください。"),
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to=None) | models.Q(valid_to__gte=models.F("valid_from")),
                name="thread_member_ends_after_it_begins",
                violation_error_message=_("「いつまで」は「いつから」より後の日にしてください。"),
            ),
            models.UniqueConstraint(
                fields=["strand", "area", "organisation"],
                condition=models.Q(state="asked"),
                nulls_distinct=False,
                name="one_open_request_per_thread_and_member",
                violation_error_message=_("すでに申し込んでいます。承認をお待ちください。"),
            ),
            ExclusionConstraint(
                name="one_term_of_a_thread_member_on_a_day",
                expressions=[
                    ("strand", RangeOperators.EQUAL),
                    (
                        Coalesce("area", 0, output_field=models.BigIntegerField()),
                        RangeOperators.EQUAL,
                    ),
                    (
                        Coalesce("organisation", 0, output_field=models.BigIntegerField()),
                        RangeOperators.EQUAL,
                    ),
                    (days_of_term(), RangeOperators.OVERLAPS),
                ],
                condition=models.Q(state="approved"),
                violation_error_message=_("この期間には、すでに加わっています。"),
            ),
        )

    def __str__(self) -> str:
        return str(self.area or self.organisation)

    def get_absolute_url(self) -> str:
        return address_of("network:thread_member", self.strand_id, str(self.pk))

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as approvals carry it."""
        return f"/threads/{self.strand_id}/members/{self.pk}"

    @property
    def office(self) -> dict[str, int | None]:
        """The body by key, as memberships of accounts name it."""
        return {"area": self.area_id, "organisation": self.organisation_id}

    @property
    def sector(self) -> str:
        """What kind of body it is: "area", or the kind of the organisation."""
        return self.organisation.kind if self.organisation else "area"

    def stands_on(self, day: date) -> bool:
        """Whether it takes part on a day, first and last day of its term included."""
        if self.state != self.State.APPROVED or self.valid_from is None:
            return False
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def is_over(self, day: date) -> bool:
        """Whether its term ended before a day; what was asked for and what begins later is not over."""
        return self.valid_to is not None and self.valid_to < day


@track()
class ThreadItem(models.Model):
    """Something that runs in a thread from a day on: a paper, a meeting, a question; one under a topic is a step of its way.

    The same thing in several threads is one row in each, with the same address.
    """

    strand = models.ForeignKey(Strand, on_delete=models.PROTECT, related_name="items", verbose_name=_("分野・地域の糸"))
    topic = models.ForeignKey(
        Topic, on_delete=models.PROTECT, null=True, blank=True, related_name="steps", verbose_name=_("事項")
    )
    on = models.DateField(_("日"))
    title = models.CharField(_("題名"), max_length=200)
    note = models.CharField(_("どう扱ったか"), max_length=500, blank=True)
    about = address_here(300)
    source = models.CharField(_("出典"), max_length=300, blank=True)

    class Meta:
        ordering = ("on", "pk")
        verbose_name = _("糸で扱うもの")
        indexes = (models.Index(fields=["strand", "-on"], name="thread_item_newest"),)
        constraints = (
            models.UniqueConstraint(
                fields=["strand", "about"],
                condition=~models.Q(about=""),
                name="one_item_of_an_address_per_thread",
                violation_error_message=_("この糸には、同じ住所のものがすでにあります。"),
            ),
        )

    def __str__(self) -> str:
        return self.title

    @property
    def address(self) -> str:
        """Lasting address without mark of language: its place on the page of its thread."""
        return f"/threads/{self.strand_id}#item-{self.pk}"

    @property
    def thing(self) -> str:
        """What it is, whatever the thread: the address of the thing, else its own."""
        return self.about or self.address


@track()
class Priority(models.Model):
    """A solution that the council of a block has chosen to push, and why (重点的に推進すべき実装モデル)."""

    strand = models.ForeignKey(
        Strand, on_delete=models.PROTECT, related_name="priorities", verbose_name=_("分野・地域の糸")
    )
    solution = models.ForeignKey(Solution, on_delete=models.PROTECT, related_name="+", verbose_name=_("分野別モデル"))
    reason = models.CharField(_("この地域で重点とする理由"), max_length=500)
    since = models.DateField(_("いつから"))
    until = models.DateField(_("いつまで"), null=True, blank=True)

    class Meta:
        ordering = ("since", "pk")
        verbose_name = _("重点モデル")
        constraints = (
            models.UniqueConstraint(
                fields=["strand", "solution"],
                condition=models.Q(until=None),
                name="one_open_priority_per_thread_and_solution",
                violation_error_message=_("このモデルは、すでに重点に選ばれています。"),
            ),
            models.CheckConstraint(
                condition=models.Q(until=None) | models.Q(until__gte=models.F("since")),
                name="priority_ends_after_it_begins",
                violation_error_message=_("終わりの日は、始まりの日より前にはできません。"),
            ),
        )

    def __str__(self) -> str:
        return str(self.solution)


@track()
class Countermeasure(models.Model):
    """What is done in a block about an issue raised there (対応策), and which member takes it."""

    strand = models.ForeignKey(
        Strand, on_delete=models.PROTECT, related_name="countermeasures", verbose_name=_("分野・地域の糸")
    )
    issue = models.ForeignKey(Opinion, on_delete=models.PROTECT, related_name="countermeasures", verbose_name=_("課題"))
    text = models.CharField(_("対応策"), max_length=500)
    taken_by = models.ForeignKey(
        ThreadMember,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("引き受ける構成員"),
    )
    noted_on = models.DateField(_("記録した日"))
    due_on = models.DateField(_("いつまでに"), null=True, blank=True)
    done_on = models.DateField(_("済んだ日"), null=True, blank=True)

    class Meta:
        ordering = ("noted_on", "pk")
        verbose_name = _("対応策")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(done_on=None) | models.Q(done_on__gte=models.F("noted_on")),
                name="countermeasure_is_done_after_it_is_noted",
                violation_error_message=_("済んだ日は、記録した日より前にはできません。"),
            ),
        )

    def __str__(self) -> str:
        return self.text

    @cached_property
    def taker(self) -> str:
        """Who takes it, in words; "" for nobody yet."""
        return str(self.taken_by) if self.taken_by else ""

    def is_late_on(self, day: date) -> bool:
        """Whether its day is over and it is not done."""
        return self.due_on is not None and self.due_on < day and (self.done_on is None or self.done_on > day)
