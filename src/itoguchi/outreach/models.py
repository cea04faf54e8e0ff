"""What is kept of briefings (when, where, under which title, for which places) and of visits to areas."""

from __future__ import annotations

from typing import Any

import pgtrigger
from django.conf import settings
from django.db import models
from django.utils.functional import cached_property
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Area, Block
from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track

# A briefing counts for the nation or for places: never for both, never for nothing. Checked when the transaction
# ends, so that a briefing and its places may be written one after the other.
# The lock makes two people, each taking away one of two places, wait for each other.
COUNTS_FOR_ONE_OR_OTHER = """
PERFORM FROM outreach_briefing WHERE id = {briefing} FOR UPDATE;
IF EXISTS (
    SELECT FROM outreach_briefing AS briefing
    WHERE briefing.id = {briefing}
    AND briefing.is_nationwide = (
        EXISTS (SELECT FROM outreach_briefingprefecture AS place WHERE place.briefing_id = briefing.id)
        OR EXISTS (SELECT FROM outreach_briefingblock AS place WHERE place.briefing_id = briefing.id)
    )
) THEN
    RAISE EXCEPTION 'briefing % counts for nothing, or for the nation and for places at once', {briefing}
        USING ERRCODE = 'check_violation', CONSTRAINT = 'briefing_counts_for_nation_or_places';
END IF;
"""


def counting_trigger(name: str, operation: Any, *briefings: str) -> pgtrigger.Trigger:
    """Constraint trigger that looks at each of `briefings` (columns of the row before or after)."""
    return pgtrigger.Trigger(
        name=name,
        operation=operation,
        when=pgtrigger.After,
        level=pgtrigger.Row,
        timing=pgtrigger.Deferred,
        func="".join(COUNTS_FOR_ONE_OR_OTHER.format(briefing=briefing) for briefing in briefings) + "RETURN NULL;",
    )


def counting_triggers_of_place() -> tuple[pgtrigger.Trigger, ...]:
    """The same check from the side of the places."""
    return (
        counting_trigger("place_added_to_briefing", pgtrigger.Insert, "NEW.briefing_id"),
        counting_trigger("place_taken_from_briefing", pgtrigger.Delete, "OLD.briefing_id"),
        counting_trigger("place_moved_to_briefing", pgtrigger.Update, "OLD.briefing_id", "NEW.briefing_id"),
    )


class Rule(models.TextChoices):
    """Why a briefing counts for what it counts for; the numbers (§) follow this order."""

    BLOCK_SEMINAR = (
        "block-seminar",
        _("題名が「○○地域ICT利活用セミナー」「情報通信フロンティアセミナー」のものは、その地域ブロックに数える。"),
    )
    BLOCK_COUNCIL = (
        "block-council",
        _("題名に情報通信協議会・情報通信懇談会・テレコム振興センターとあるものは、その地域ブロックに数える。"),
    )
    PREFECTURE_BRIEFING = (
        "prefecture-briefing",
        _("「地方自治体向け説明会」と、山梨県の「地域IoT実装推進セミナー」は、開催した都道府県に数える。"),
    )
    BOTH_IN_TITLE = (
        "both-in-title",
        _(
            "題名に地域ブロックのセミナーと地方自治体向け説明会の両方があるものは、地域ブロックと都道府県の両方に数える。"
        ),
    )
    ONE_PREFECTURE_BLOCK = (
        "one-prefecture-block",
        _("一つの県だけからなる地域ブロック（沖縄）のセミナーは、地域ブロックとその県の両方に数える。"),
    )
    NATIONWIDE = (
        "nationwide",
        _("全国の団体・府省・連合体の会は、全国を対象とする回に数え、地域には数えない。"),
    )
    STATED = ("stated", _("計画した人が、数える範囲を決めたもの。"))

    @property
    def number(self) -> str:
        """`§3`"""
        return f"§{list(Rule).index(self) + 1}"


@track()
class Briefing(models.Model):
    """An explanatory meeting for local governments, planned, held or cancelled."""

    class State(models.TextChoices):
        DRAFT = "draft", _("起案中")
        PLANNED = "planned", _("予定")
        HELD = "held", _("開催済")
        CANCELLED = "cancelled", _("中止")

    slug = models.SlugField(_("住所"), max_length=60, unique=True, help_text=_("変わらない。例：2017-02-24-ishikawa"))
    day = models.DateField(_("開催日"), db_index=True)
    order = models.PositiveSmallIntegerField(_("同じ日の並び"), default=1)
    place = models.CharField(_("開催箇所"), max_length=100)
    prefecture = models.ForeignKey(
        Area, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("開催した都道府県")
    )
    title = models.CharField(_("開催概要"), max_length=200)
    notes = models.TextField(_("参加者・説明者"), blank=True, help_text=_("※で始まる注記を、一行に一つ"))
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.PLANNED)
    is_nationwide = models.BooleanField(_("全国を対象とする"), default=False)
    prefectures = models.ManyToManyField(
        Area, through="BriefingPrefecture", related_name="+", verbose_name=_("数える都道府県")
    )
    blocks = models.ManyToManyField(
        Block, through="BriefingBlock", related_name="+", verbose_name=_("数える地域ブロック")
    )
    rule = models.CharField(_("数え方の規則"), max_length=30, choices=Rule, default=Rule.STATED)
    reason = models.TextField(_("読み取りの理由"), blank=True)
    source = models.CharField(_("出典"), max_length=300, blank=True)

    class Meta:
        ordering = ("day", "order", "pk")
        verbose_name = _("説明会")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(state__in=["draft", "planned", "held", "cancelled"]),
                name="briefing_state_is_known",
                violation_error_message=_("状態は、起案中・予定・開催済・中止のどれかです。"),
            ),
        )
        triggers = (counting_trigger("briefing_counts_for_something", pgtrigger.Insert | pgtrigger.Update, "NEW.id"),)

    def __str__(self) -> str:
        return self.title

    def get_absolute_url(self) -> str:
        return address_of("outreach:briefing", self.slug)

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as files carry it."""
        return f"/briefings/{self.slug}"

    @cached_property
    def for_prefectures(self) -> list[BriefingPrefecture]:
        """The prefectures it counts for, in order of code."""
        return list(self.counted_prefectures.select_related("area").order_by("area__code"))

    @cached_property
    def for_blocks(self) -> list[BriefingBlock]:
        """The regional blocks it counts for, from north to south."""
        return list(self.counted_blocks.select_related("block").order_by("block__order"))

    @property
    def counts_for(self) -> str:
        """`北陸ブロック、石川県［読み取り］` or 全国."""
        if self.is_nationwide:
            return gettext("全国")
        blocks = [(gettext("%(block)sブロック") % {"block": each.block}, each.is_derived) for each in self.for_blocks]
        places = blocks + [(str(each.area), each.is_derived) for each in self.for_prefectures]
        return gettext("、").join(
            place + gettext("［読み取り］") if is_derived else place for place, is_derived in places
        )

    @property
    def note_lines(self) -> list[str]:
        return self.notes.splitlines()

    @property
    def rule_number(self) -> str:
        return Rule(self.rule).number


@track()
class BriefingPrefecture(models.Model):
    """A prefecture that a briefing counts for."""

    briefing = models.ForeignKey(Briefing, on_delete=models.CASCADE, related_name="counted_prefectures")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+", verbose_name=_("都道府県"))
    is_derived = models.BooleanField(_("読み取り"), default=False, help_text=_("題名にはなく、規則から読み取ったもの"))

    class Meta:
        ordering = ("area__code",)
        verbose_name = _("数える都道府県")
        constraints = (
            models.UniqueConstraint(fields=["briefing", "area"], name="one_count_per_briefing_and_prefecture"),
        )
        triggers = (
            *counting_triggers_of_place(),
            pgtrigger.Trigger(
                name="only_a_prefecture_counts",
                operation=pgtrigger.Insert | pgtrigger.Update,
                when=pgtrigger.Before,
                func=(
                    "IF EXISTS (SELECT FROM areas_area WHERE id = NEW.area_id AND kind <> 'prefecture') THEN"
                    " RAISE EXCEPTION 'area % is no prefecture', NEW.area_id"
                    " USING ERRCODE = 'check_violation', CONSTRAINT = 'only_a_prefecture_counts'; END IF; RETURN NEW;"
                ),
            ),
        )

    def __str__(self) -> str:
        return str(self.area)


@track()
class BriefingBlock(models.Model):
    """A regional block that a briefing counts for."""

    briefing = models.ForeignKey(Briefing, on_delete=models.CASCADE, related_name="counted_blocks")
    block = models.ForeignKey(Block, on_delete=models.PROTECT, related_name="+", verbose_name=_("地域ブロック"))
    is_derived = models.BooleanField(_("読み取り"), default=False, help_text=_("題名にはなく、規則から読み取ったもの"))

    class Meta:
        ordering = ("block__order",)
        verbose_name = _("数える地域ブロック")
        constraints = (models.UniqueConstraint(fields=["briefing", "block"], name="one_count_per_briefing_and_block"),)
        triggers = counting_triggers_of_place()

    def __str__(self) -> str:
        return str(self.block)


# A visit speaks of at least one area, and of none outside its block. Checked when the transaction ends, as above.
VISIT_STAYS_IN_ITS_BLOCK = """
PERFORM FROM outreach_visit WHERE id = {visit} FOR UPDATE;
IF EXISTS (
    SELECT FROM outreach_visit AS visit
    WHERE visit.id = {visit}
    AND (
        NOT EXISTS (SELECT FROM outreach_visitarea AS row WHERE row.visit_id = visit.id)
        OR EXISTS (
            SELECT FROM outreach_visitarea AS row JOIN areas_area AS area ON area.id = row.area_id
            WHERE row.visit_id = visit.id AND area.block_id <> visit.block_id
        )
    )
) THEN
    RAISE EXCEPTION 'visit % has no area, or one outside its block', {visit}
        USING ERRCODE = 'check_violation', CONSTRAINT = 'visit_has_areas_of_its_block';
END IF;
"""


def visit_trigger(name: str, operation: Any, *visits: str) -> pgtrigger.Trigger:
    """Constraint trigger that looks at each of `visits` (columns of the row before or after)."""
    return pgtrigger.Trigger(
        name=name,
        operation=operation,
        when=pgtrigger.After,
        level=pgtrigger.Row,
        timing=pgtrigger.Deferred,
        func="".join(VISIT_STAYS_IN_ITS_BLOCK.format(visit=visit) for visit in visits) + "RETURN NULL;",
    )


@track()
class Visit(models.Model):
    """Somebody of a bureau spoke with areas of its block."""

    day = models.DateField(_("訪問日"), db_index=True)
    block = models.ForeignKey(Block, on_delete=models.PROTECT, related_name="+", verbose_name=_("地域ブロック"))
    areas = models.ManyToManyField(Area, through="VisitArea", related_name="+", verbose_name=_("相手の団体"))
    spoke_with = models.CharField(_("話した相手"), max_length=200, help_text=_("例：企画課長ほか2名"))
    about = models.TextField(_("話したこと"), max_length=4000)
    next_step = models.TextField(_("次の一歩"), max_length=1000, blank=True)
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("記録した人"),
    )
    is_shared_with_area = models.BooleanField(_("相手の団体に見せる"), default=False)

    class Meta:
        ordering = ("-day", "-pk")
        verbose_name = _("訪問記録")
        triggers = (visit_trigger("visit_has_areas", pgtrigger.Insert | pgtrigger.Update, "NEW.id"),)

    def __str__(self) -> str:
        return f"{self.day} {self.spoke_with}"

    def get_absolute_url(self) -> str:
        return address_of("outreach:visit", str(self.pk))

    @cached_property
    def of_areas(self) -> list[Area]:
        """The areas spoken with, in order of code."""
        return [row.area for row in self.visited.select_related("area").order_by("area__code")]


@track()
class VisitArea(models.Model):
    """An area that somebody spoke with on a visit."""

    visit = models.ForeignKey(Visit, on_delete=models.CASCADE, related_name="visited")
    area = models.ForeignKey(Area, on_delete=models.PROTECT, related_name="+", verbose_name=_("団体"))

    class Meta:
        ordering = ("area__code",)
        verbose_name = _("訪問した団体")
        constraints = (models.UniqueConstraint(fields=["visit", "area"], name="one_row_per_visit_and_area"),)
        triggers = (
            visit_trigger("area_added_to_visit", pgtrigger.Insert, "NEW.visit_id"),
            visit_trigger("area_taken_from_visit", pgtrigger.Delete, "OLD.visit_id"),
            visit_trigger("area_moved_to_visit", pgtrigger.Update, "OLD.visit_id", "NEW.visit_id"),
        )

    def __str__(self) -> str:
        return str(self.area)
