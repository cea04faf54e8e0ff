"""What the secretariat of a body keeps of a meeting: who comes, on which day, what was said and confirmed, and who does what next."""

from __future__ import annotations

from datetime import date

from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.db.models.functions import Now
from django.utils.translation import gettext_lazy as _

from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track
from itoguchi.network.models.meetings import Meeting
from itoguchi.network.models.opinions import Decision
from itoguchi.network.models.people import Member

LONGEST_NOTE = 4000


@track()
class Attendance(models.Model):
    """How a member took part in a meeting; no row means that nobody has written it down."""

    class How(models.TextChoices):
        PRESENT = "present", _("出席")
        ONLINE = "online", _("オンライン出席")
        PROXY = "proxy", _("代理出席")
        ABSENT = "absent", _("欠席")

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="attendances", verbose_name=_("会合"))
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="attendances", verbose_name=_("構成員"))
    how = models.CharField(_("出欠"), max_length=10, choices=How)
    proxy = models.CharField(_("代理の人"), max_length=100, blank=True)

    class Meta:
        ordering = ("meeting", "pk")
        verbose_name = _("出欠")
        constraints = (
            models.UniqueConstraint(fields=["meeting", "member"], name="one_attendance_per_member_and_meeting"),
            models.CheckConstraint(
                condition=models.Q(how="proxy") ^ models.Q(proxy=""),
                name="proxy_has_a_name",
                violation_error_message=_("代理出席には、代理の人の名を書いてください。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.member} {self.get_how_display()}"


@track()
class Note(models.Model):
    """What the secretariat notes about a meeting for itself."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="notes", verbose_name=_("会合"))
    text = models.TextField(_("メモ"), max_length=LONGEST_NOTE, validators=[MaxLengthValidator(LONGEST_NOTE)])
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="+",
        verbose_name=_("書いた人"),
    )
    written_at = models.DateTimeField(_("書いた時"), db_default=Now())

    class Meta:
        ordering = ("meeting", "pk")
        verbose_name = _("事務局のメモ")

    def __str__(self) -> str:
        return self.text[:40]


@track()
class ProposedMoment(models.Model):
    """日程調整: one of the moments from which members choose; the one that was fixed is the meeting's own."""

    meeting = models.ForeignKey(Meeting, on_delete=models.CASCADE, related_name="moments", verbose_name=_("会合"))
    starts_at = models.DateTimeField(_("開始"))
    ends_at = models.DateTimeField(_("終了"))
    answer_by = models.DateField(_("いつまでに答えるか"))

    class Meta:
        ordering = ("meeting", "starts_at")
        verbose_name = _("候補日時")
        constraints = (
            models.UniqueConstraint(fields=["meeting", "starts_at"], name="moment_is_proposed_once"),
            models.CheckConstraint(
                condition=models.Q(starts_at__lt=models.F("ends_at")),
                name="moment_begins_before_it_ends",
                violation_error_message=_("終了は、開始より後にしてください。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.starts_at:%F %H:%M}"


@track()
class MomentAnswer(models.Model):
    """What a member says to a moment."""

    class Fits(models.TextChoices):
        YES = "yes", _("○")
        MAYBE = "maybe", _("△")
        NO = "no", _("×")

    moment = models.ForeignKey(
        ProposedMoment, on_delete=models.CASCADE, related_name="answers", verbose_name=_("候補日時")
    )
    member = models.ForeignKey(Member, on_delete=models.PROTECT, related_name="+", verbose_name=_("構成員"))
    fits = models.CharField(_("都合"), max_length=5, choices=Fits)

    class Meta:
        ordering = ("moment", "pk")
        verbose_name = _("日程の回答")
        constraints = (models.UniqueConstraint(fields=["moment", "member"], name="one_answer_per_member_and_moment"),)

    def __str__(self) -> str:
        return f"{self.member} {self.get_fits_display()}"


@track()
class Summary(models.Model):
    """議事要旨: what was said at a meeting, statement by statement; out when the speakers have confirmed their own."""

    meeting = models.OneToOneField(Meeting, on_delete=models.CASCADE, related_name="summary", verbose_name=_("会合"))
    confirm_by = models.DateField(_("いつまでに確認するか"))
    published_on = models.DateField(_("公開した日"), null=True, blank=True)
    reason = models.CharField(_("確認を待たずに出した理由"), max_length=300, blank=True)

    class Meta:
        verbose_name = _("議事要旨")

    def __str__(self) -> str:
        return str(self.meeting)

    def get_absolute_url(self) -> str:
        return address_of("network:summary", self.meeting.slug)

    @property
    def address(self) -> str:
        """Lasting address without mark of language."""
        return f"{self.meeting.address}/summary"


@track()
class Statement(models.Model):
    """What one speaker said, which the speaker confirms or corrects; words written anew have to be confirmed anew."""

    class State(models.TextChoices):
        OPEN = "open", _("確認待ち")
        CONFIRMED = "confirmed", _("確認済")
        CORRECTED = "corrected", _("発言者が修正")

    summary = models.ForeignKey(
        Summary, on_delete=models.CASCADE, related_name="statements", verbose_name=_("議事要旨")
    )
    order = models.PositiveSmallIntegerField(_("並び"))
    member = models.ForeignKey(
        Member,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="statements",
        verbose_name=_("発言した構成員"),
    )
    speaker = models.CharField(_("発言者"), max_length=100, help_text=_("構成員でない人は、名を書きます。"))
    text = models.TextField(_("発言"), max_length=LONGEST_NOTE, validators=[MaxLengthValidator(LONGEST_NOTE)])
    state = models.CharField(_("確認"), max_length=10, choices=State, default=State.OPEN)
    settled_on = models.DateField(_("確認した日"), null=True, blank=True)
    told_by = models.CharField(_("事務局が聞いた方法"), max_length=100, blank=True)
    version = models.PositiveIntegerField(_("何度目の文か"), default=1)

    class Meta:
        ordering = ("summary", "order")
        verbose_name = _("発言")
        constraints = (
            models.UniqueConstraint(fields=["summary", "order"], name="one_statement_per_place_in_summary"),
            models.CheckConstraint(
                condition=models.Q(state="open") ^ models.Q(settled_on__isnull=False),
                name="settled_statement_has_its_day",
                violation_error_message=_("確認の済んだ発言には、確認した日が要ります。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.speaker}：{self.text[:40]}"


@track()
class Task(models.Model):
    """宿題: who does what by when, as a meeting left it, with the decision it follows from where there is one."""

    meeting = models.ForeignKey(Meeting, on_delete=models.PROTECT, related_name="tasks", verbose_name=_("会合"))
    decision = models.ForeignKey(
        Decision, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name=_("決まったこと")
    )
    text = models.CharField(_("すること"), max_length=500)
    member = models.ForeignKey(
        Member, on_delete=models.PROTECT, null=True, blank=True, related_name="tasks", verbose_name=_("担当の構成員")
    )
    owner = models.CharField(_("担当"), max_length=100)
    due_on = models.DateField(_("いつまでに"))
    done_on = models.DateField(_("済んだ日"), null=True, blank=True)
    outcome = models.CharField(_("どうなったか"), max_length=500, blank=True)

    class Meta:
        ordering = ("due_on", "pk")
        verbose_name = _("宿題")
        indexes = (models.Index(fields=["due_on"], condition=models.Q(done_on=None), name="tasks_that_are_open"),)

    def __str__(self) -> str:
        return self.text

    def is_late_on(self, day: date) -> bool:
        """Whether its day has passed and it is not done."""
        return self.done_on is None and self.due_on < day
