"""The information link of a thread (情報リンク): what its members tell and ask one another, with the answers under it."""

from __future__ import annotations

import pgtrigger
from django.conf import settings
from django.core.validators import MaxLengthValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track
from itoguchi.core.models import FrozenFile
from itoguchi.network.models.threads import Strand, ThreadMember

LONGEST_POST = 4000


@track()
class Post(models.Model):
    """What an area puts into its thread, or a member answers there; who may read it is said once and never changes."""

    class Kind(models.TextChoices):
        NOTICE = "notice", _("お知らせ")
        QUESTION = "question", _("質問")
        MATERIAL = "material", _("資料の提供")
        ANSWER = "answer", _("回答")

    strand = models.ForeignKey(Strand, on_delete=models.PROTECT, related_name="posts", verbose_name=_("分野・地域の糸"))
    member = models.ForeignKey(
        ThreadMember, on_delete=models.PROTECT, related_name="posts", verbose_name=_("糸の構成員")
    )
    to = models.ForeignKey(
        "self", on_delete=models.PROTECT, null=True, blank=True, related_name="answers", verbose_name=_("何への回答か")
    )
    kind = models.CharField(_("種類"), max_length=10, choices=Kind)
    title = models.CharField(_("題名"), max_length=100, blank=True)
    text = models.TextField(_("本文"), max_length=LONGEST_POST, validators=[MaxLengthValidator(LONGEST_POST)])
    link = models.URLField(_("リンク"), max_length=500, blank=True)
    file = models.ForeignKey(
        FrozenFile, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("ファイル")
    )
    is_open = models.BooleanField(_("だれでも読める"), default=False)
    posted_on = models.DateField(_("載せた日"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, on_delete=models.PROTECT, related_name="+", verbose_name=_("書いた人")
    )
    corrected_on = models.DateField(_("訂正した日"), null=True, blank=True)
    correction = models.CharField(_("訂正したこと"), max_length=300, blank=True)
    taken_back_on = models.DateField(_("取り下げた日"), null=True, blank=True)
    why_taken_back = models.CharField(_("取り下げたわけ"), max_length=300, blank=True)

    answers: models.QuerySet[Post]

    class Meta:
        ordering = ("-posted_on", "-pk")
        verbose_name = _("情報リンク")
        indexes = (models.Index(fields=["strand", "-posted_on"], name="post_newest"),)
        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind="answer", to__isnull=False) | (~models.Q(kind="answer") & models.Q(to=None)),
                name="answer_stands_under_a_post",
                violation_error_message=_("回答は、お知らせ・質問・資料に対して書きます。"),
            ),
            models.CheckConstraint(
                condition=models.Q(kind="answer") | ~models.Q(title=""),
                name="post_has_a_title",
                violation_error_message=_("題名を書いてください。"),
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="material") | ~models.Q(link="") | models.Q(file__isnull=False),
                name="material_has_a_file_or_link",
                violation_error_message=_("資料には、ファイルかリンクを付けてください。"),
            ),
            models.CheckConstraint(
                condition=models.Q(corrected_on=None, correction="")
                | (models.Q(corrected_on__isnull=False) & ~models.Q(correction="")),
                name="corrected_post_says_what",
                violation_error_message=_("訂正したことを書いてください。"),
            ),
            models.CheckConstraint(
                condition=models.Q(taken_back_on=None, why_taken_back="")
                | (models.Q(taken_back_on__isnull=False) & ~models.Q(why_taken_back="")),
                name="taken_back_post_says_why",
                violation_error_message=_("取り下げるわけを書いてください。"),
            ),
        )
        # What was told to members alone is never opened to others, who answered there among them.
        triggers = (
            pgtrigger.ReadOnly(
                name="stays_where_it_was_put", fields=["strand", "member", "to", "is_open", "posted_on"]
            ),
        )

    def __str__(self) -> str:
        return self.title or self.text[:40]

    def get_absolute_url(self) -> str:
        if self.to_id:
            return f"{address_of('network:post', self.strand_id, str(self.to_id))}#answer-{self.pk}"
        return address_of("network:post", self.strand_id, str(self.pk))

    @property
    def address(self) -> str:
        """Lasting address without mark of language: of an answer its place on the page of what it answers."""
        if self.to_id:
            return f"/threads/{self.strand_id}/posts/{self.to_id}#answer-{self.pk}"
        return f"/threads/{self.strand_id}/posts/{self.pk}"
