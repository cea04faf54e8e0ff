"""What is kept of people who sign in: their account, the organisations, for whom they work in which role when."""

from __future__ import annotations

import hashlib
from datetime import date
from typing import Any, ClassVar

from django.contrib.auth.base_user import AbstractBaseUser, BaseUserManager
from django.contrib.postgres.constraints import ExclusionConstraint
from django.contrib.postgres.fields import DateRangeField, RangeOperators
from django.contrib.sessions.backends.base import SessionBase
from django.contrib.sessions.base_session import AbstractBaseSession
from django.core.exceptions import ValidationError
from django.core.validators import RegexValidator
from django.db import models
from django.db.models.functions import Coalesce, Lower
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from itoguchi.areas.models import Area, Block, in_language
from itoguchi.core.addresses import address_of
from itoguchi.core.journal import track


class AccountManager(BaseUserManager["Account"]):
    """Finds accounts by sign-in name whatever its case."""

    def get_by_natural_key(self, username: str | None) -> Account:
        return self.get(sign_in_name__iexact=username)


class Language(models.TextChoices):
    """Languages of the interface, each under its own name."""

    JAPANESE = "ja", "日本語"
    ENGLISH = "en", "English"


@track(exclude=["password", "last_login"])
class Account(AbstractBaseUser):
    """Somebody who signs in. What the person may do comes from memberships alone."""

    sign_in_name = models.CharField(
        _("ログイン名"),
        max_length=60,
        unique=True,
        validators=[
            # It stands in the address of the account's page, beside /account/people/new.
            RegexValidator(
                r"\A(?!(?i:new)\Z)[A-Za-z0-9][A-Za-z0-9._@-]*\Z",
                _("英数字で始め、英数字と . _ @ - を使ってください（new は使えません）。"),
            )
        ],
    )
    name = models.CharField(_("氏名"), max_length=100)
    name_en = models.CharField(_("氏名（英語）"), max_length=100, blank=True)
    email = models.EmailField(_("メール"), blank=True)
    is_active = models.BooleanField(_("使える"), default=True)
    language = models.CharField(
        _("連絡の言語"),
        max_length=2,
        choices=Language,
        default=Language.JAPANESE,
        help_text=_("お知らせに使います。画面の言語はページの上で選べます。"),
    )
    # The password itself is kept out of the journal; this leaves the trace that it was changed.
    password_changed_at = models.DateTimeField(_("パスワードを変えた時"), null=True, blank=True, editable=False)

    USERNAME_FIELD = "sign_in_name"
    EMAIL_FIELD = "email"
    REQUIRED_FIELDS: ClassVar[list[str]] = ["name"]
    objects = AccountManager()

    class Meta:
        ordering = ("sign_in_name",)
        verbose_name = _("アカウント")
        constraints = (
            models.UniqueConstraint(
                Lower("sign_in_name"),
                name="one_account_per_sign_in_name",
                violation_error_message=_("このログイン名は使われています。"),
            ),
        )

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)

    # A session without second factor lends these roles to nobody (see middleware.SecondFactor); commands have no session.
    lacks_second_factor = False

    def has_perm(self, right: str) -> bool:
        """Whether one of today's roles carries the right that a room asks for (see RIGHTS)."""
        return any(right in RIGHTS.get(each.role, ()) for each in self.roles_on(timezone.localdate()))

    def roles_on(self, day: date) -> list[Membership]:
        """Memberships that count on this day: none once the account is closed, or while a second factor is missing."""
        if not self.is_active:
            return []
        return [each for each in self._roles if each.stands_on(day) and not self.sleeps(each)]

    def sleeps(self, membership: Membership) -> bool:
        """Whether the role waits for a second factor: one that publishes does."""
        return self.lacks_second_factor and membership.role in RIGHTS

    @property
    def waits_for_second_factor(self) -> bool:
        """Whether a role of today sleeps, so that pages say what to do."""
        today = timezone.localdate()
        return self.lacks_second_factor and any(self.sleeps(each) for each in self._roles if each.stands_on(today))

    @cached_property
    def _roles(self) -> list[Membership]:
        """All memberships, which is what rights are read from, with their area (1 query, kept while the request lasts)."""
        return self.__dict__.get("terms") or list(self.memberships.select_related("area"))

    @cached_property
    def terms(self) -> list[Membership]:
        """All memberships, past and coming ones too, newest first, with whom they are for (1 query, kept as well)."""
        return list(self.memberships.select_related("area", "block", "organisation"))


def digit_is_right(number: str) -> bool:
    """Whether the first of the 13 digits of a corporate number is its check digit.

    9 minus the remainder by 9 of the sum of the other twelve, from the right weighted 1, 2, 1, 2 …
    (法人番号の指定等に関する省令 第2条).

    >>> digit_is_right("7000012050002"), digit_is_right("1000012050002")
    (True, False)
    """
    total = sum(int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(number[1:])))
    return number[0] == str(9 - total % 9)


def check_corporate_number(number: str) -> None:
    """Refuse a corporate number that is not 13 digits with a right check digit."""
    if not (len(number) == 13 and number.isascii() and number.isdigit() and digit_is_right(number)):
        raise ValidationError(_("法人番号は13桁の数字です。検査数字（1桁目）も合うか確かめてください。"))


@track()
class Organisation(models.Model):
    """Any body that is not a local government."""

    class Kind(models.TextChoices):
        MINISTRY = "ministry", _("府省")
        BUREAU = "bureau", _("総合通信局等")
        ASSOCIATION = "association", _("団体")
        COMPANY = "company", _("企業")
        NPO = "npo", _("NPO")
        UNIVERSITY = "university", _("大学・学校")
        BANK = "bank", _("銀行・信用金庫")
        FUND = "fund", _("基金・財団")
        CITIZENS = "citizens", _("市民団体")
        OTHER = "other", _("そのほか")

    name = models.CharField(_("名称"), max_length=200, unique=True)
    name_en = models.CharField(_("英語名"), max_length=200, blank=True)
    kind = models.CharField(_("種類"), max_length=20, choices=Kind)
    corporate_number = models.CharField(_("法人番号"), max_length=13, blank=True, validators=[check_corporate_number])

    class Meta:
        ordering = ("name",)
        verbose_name = _("参加組織")
        constraints = (
            models.UniqueConstraint(
                fields=["corporate_number"],
                condition=~models.Q(corporate_number=""),
                name="one_organisation_per_corporate_number",
                violation_error_message=_("この法人番号の組織はすでにあります。"),
            ),
        )

    def __str__(self) -> str:
        return in_language(self.name, self.name_en)


class Role(models.TextChoices):
    """What somebody is to the platform."""

    OFFICER = "officer", _("市区町村の担当者")
    PREFECTURE = "prefecture", _("都道府県の担当者")
    BUREAU = "bureau", _("総合通信局等の担当者")
    COORDINATOR = "coordinator", _("事務局")
    ADVISER = "adviser", _("アドバイザー")
    PARTNER = "partner", _("企業・団体の担当者")
    FUNDER = "funder", _("資金提供者")


# Rights that rooms ask for by name, and the roles that carry them: the one place where this is written.
RIGHTS: dict[str, frozenset[str]] = {
    Role.COORDINATOR: frozenset(
        {
            "areas.import_statistics",
            "core.edit_synonyms",
            "accounts.see",
            "accounts.manage",
            "cases.keep",
            "network.enter",
            "outreach.plan",
            "outreach.log_visits",
            "reports.publish",
            "roadmap.record",
            "support.keep",
        }
    ),
    # For its own block and the areas in it: the room asks for which block.
    Role.BUREAU: frozenset({"outreach.plan", "outreach.log_visits"}),
}

# Rights to do what everybody sees at once: for these an office may ask a second person (see ApprovalRule).
OUTWARD = frozenset({"outreach.plan"})
# An area's answer to a survey leaves its office too.
OUTWARD_ROLES = [role for role, rights in RIGHTS.items() if rights & OUTWARD] + [Role.OFFICER, Role.PREFECTURE]


@track()
class Membership(models.Model):
    """For whom an account works, in which role, from which day to which."""

    account = models.ForeignKey(
        Account, on_delete=models.PROTECT, related_name="memberships", verbose_name=_("アカウント")
    )
    role = models.CharField(_("役割"), max_length=20, choices=Role)
    area = models.ForeignKey(
        Area, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("団体")
    )
    block = models.ForeignKey(
        Block, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("地域ブロック")
    )
    organisation = models.ForeignKey(
        Organisation,
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        related_name="memberships",
        verbose_name=_("参加組織"),
    )
    valid_from = models.DateField(_("いつから"))
    valid_to = models.DateField(_("いつまで"), null=True, blank=True)

    class Meta:
        ordering = ("-valid_from", "pk")
        verbose_name = _("役割")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(
                    role__in=["officer", "prefecture"], area__isnull=False, block=None, organisation=None
                )
                | models.Q(role="bureau", area=None, block__isnull=False, organisation=None)
                | models.Q(
                    role__in=["coordinator", "adviser", "partner", "funder"],
                    area=None,
                    block=None,
                    organisation__isnull=False,
                ),
                name="role_fits_what_it_is_for",
                violation_error_message=_(
                    "市区町村・都道府県の担当者には団体を、総合通信局等には地域ブロックを、ほかの役割には参加組織を、"
                    "一つだけ選んでください。"
                ),
            ),
            models.CheckConstraint(
                condition=models.Q(valid_to__isnull=True) | models.Q(valid_to__gte=models.F("valid_from")),
                name="membership_ends_after_it_begins",
                violation_error_message=_("「いつまで」は「いつから」より後の日にしてください。"),
            ),
            ExclusionConstraint(
                name="one_membership_of_a_kind_on_a_day",
                expressions=[
                    ("account", RangeOperators.EQUAL),
                    ("role", RangeOperators.EQUAL),
                    (Coalesce("area", 0, output_field=models.BigIntegerField()), RangeOperators.EQUAL),
                    (Coalesce("block", models.Value(""), output_field=models.CharField()), RangeOperators.EQUAL),
                    (Coalesce("organisation", 0, output_field=models.BigIntegerField()), RangeOperators.EQUAL),
                    (
                        # A term that ends before it begins is refused above; here it must only not fail.
                        models.Func(
                            "valid_from",
                            models.Case(
                                models.When(valid_to__lt=models.F("valid_from"), then="valid_from"), default="valid_to"
                            ),
                            models.Value("[]"),
                            function="daterange",
                            output_field=DateRangeField(),
                        ),
                        RangeOperators.OVERLAPS,
                    ),
                ],
                violation_error_message=_("同じ役割が、同じ期間にすでにあります。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.get_role_display()} {self.target}"

    @property
    def office(self) -> dict[str, Any]:
        """The same body by key: who shares it shares an office."""
        return {"area": self.area_id, "block": self.block_id, "organisation": self.organisation_id}

    @property
    def target(self) -> Area | Block | Organisation:
        """The one body this membership is for."""
        found = self.area or self.block or self.organisation
        if found is None:  # the constraint role_fits_what_it_is_for does not let it be
            raise ValueError("a membership without area, block and organisation")
        return found

    def stands_on(self, day: date) -> bool:
        """Whether the day lies in the term, first and last day included."""
        return self.valid_from <= day and (self.valid_to is None or day <= self.valid_to)

    def clean(self) -> None:
        """An officer works for a municipality, a prefecture's officer for a prefecture, the secretariat for a ministry."""
        if self.area and (self.role == Role.PREFECTURE) != self.area.is_prefecture:
            raise ValidationError({"area": _("役割に合う団体を選んでください（市区町村か、都道府県か）。")})
        if self.role == Role.COORDINATOR and self.organisation and self.organisation.kind != Organisation.Kind.MINISTRY:
            raise ValidationError({"organisation": _("事務局は府省の組織に置きます。")})


@track()
class ApprovalRule(models.Model):
    """An office lets nobody publish alone: from a day on, a second person approves each outward act of its members."""

    area = models.ForeignKey(
        Area, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("団体")
    )
    block = models.ForeignKey(
        Block, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("地域ブロック")
    )
    organisation = models.ForeignKey(
        Organisation, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("参加組織")
    )
    since = models.DateField(_("いつから"))
    until = models.DateField(_("いつから求めないか"), null=True, blank=True)

    class Meta:
        ordering = ("-since", "-pk")
        verbose_name = _("承認の決まり")
        constraints = (
            models.CheckConstraint(
                condition=models.lookups.Exact(
                    models.Func(
                        "area", "block", "organisation", function="num_nonnulls", output_field=models.IntegerField()
                    ),
                    1,
                ),
                name="approval_rule_is_of_one_body",
                violation_error_message=_("団体・地域ブロック・参加組織のどれか一つを選んでください。"),
            ),
            models.CheckConstraint(
                condition=models.Q(until__isnull=True) | models.Q(until__gte=models.F("since")),
                name="approval_rule_ends_after_it_begins",
                violation_error_message=_("終わりの日は、始まりの日より前にはできません。"),
            ),
            models.UniqueConstraint(
                fields=["area", "block", "organisation"],
                condition=models.Q(until__isnull=True),
                nulls_distinct=False,
                name="one_open_approval_rule_per_office",
                violation_error_message=_("この決まりはすでにあります。"),
            ),
        )

    def __str__(self) -> str:
        return str(self.target)

    @property
    def office(self) -> dict[str, Any]:
        """The body by key, as memberships name it."""
        return {"area": self.area_id, "block": self.block_id, "organisation": self.organisation_id}

    @property
    def target(self) -> Area | Block | Organisation:
        """The office."""
        found = self.area or self.block or self.organisation
        if found is None:  # the constraint approval_rule_is_of_one_body does not let it be
            raise ValueError("a rule of no office")
        return found

    @property
    def address(self) -> str:
        """Lasting address without mark of language, as approvals carry it."""
        return f"/account/approval-rules/{self.pk}"

    def stands_on(self, day: date) -> bool:
        """Whether it holds on a day; on the day `until` it does no more."""
        return self.since <= day and (self.until is None or day < self.until)


@track()
class HandOver(models.Model):
    """An officer passes a role on to a successor: proposed by the one, accepted by a colleague or the secretariat."""

    class State(models.TextChoices):
        PROPOSED = "proposed", _("提案中")
        ACCEPTED = "accepted", _("引継ぎ済")
        REFUSED = "refused", _("見送り")
        WITHDRAWN = "withdrawn", _("取下げ")

    membership = models.ForeignKey(
        Membership, on_delete=models.PROTECT, related_name="hand_overs", verbose_name=_("引き継ぐ役割")
    )
    successor = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("後任")
    )
    newcomer_name = models.CharField(_("後任の氏名（アカウントがまだないとき）"), max_length=100, blank=True)
    newcomer_email = models.EmailField(_("後任のメール"), blank=True)
    last_day = models.DateField(_("最後の日"))
    note = models.TextField(_("申し送り"), max_length=4000, blank=True)
    state = models.CharField(_("状態"), max_length=10, choices=State, default=State.PROPOSED)
    proposed_at = models.DateTimeField(_("提案した日時"), auto_now_add=True)
    decided_by = models.ForeignKey(
        Account, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("決めた人")
    )
    decided_at = models.DateTimeField(_("決めた日時"), null=True, blank=True)
    remark = models.TextField(_("意見"), max_length=1000, blank=True)
    given = models.ForeignKey(
        Membership, on_delete=models.PROTECT, null=True, blank=True, related_name="+", verbose_name=_("後任の役割")
    )
    former_end = models.DateField(_("もとの終わりの日"), null=True, blank=True)

    class Meta:
        ordering = ("-proposed_at", "-pk")
        verbose_name = _("引継ぎ")
        constraints = (
            models.CheckConstraint(
                condition=models.Q(successor__isnull=False) | ~models.Q(newcomer_name=""),
                name="hand_over_names_a_successor",
                violation_error_message=_("後任のログイン名か氏名を書いてください。"),
            ),
            models.CheckConstraint(
                condition=~models.Q(state="accepted")
                | models.Q(successor__isnull=False, decided_by__isnull=False, decided_at__isnull=False),
                name="accepted_hand_over_has_successor_and_decider",
                violation_error_message=_("引き継ぐには、後任のアカウントが必要です。"),
            ),
            models.UniqueConstraint(
                fields=["membership"],
                condition=models.Q(state__in=["proposed", "accepted"]),
                name="one_open_hand_over_per_membership",
                violation_error_message=_("この役割の引継ぎは、すでに提案されています。"),
            ),
        )

    def __str__(self) -> str:
        return f"{self.membership} {self.last_day}"

    def get_absolute_url(self) -> str:
        return address_of("accounts:one_hand_over", str(self.pk))

    @property
    def to(self) -> str:
        """Who takes over."""
        return str(self.successor or self.newcomer_name)


@track()
class HandedDuty(models.Model):
    """One thing that was open when a role was handed over; the successor ticks it off."""

    hand_over = models.ForeignKey(HandOver, on_delete=models.PROTECT, related_name="duties", verbose_name=_("引継ぎ"))
    what = models.CharField(_("種類"), max_length=100)
    title = models.CharField(_("題名"), max_length=300)
    path = models.CharField(_("住所"), max_length=300)
    next_step = models.TextField(_("次の一歩"))
    due = models.DateField(_("期日"), null=True, blank=True)
    done_at = models.DateTimeField(_("済ませた日時"), null=True, blank=True)

    class Meta:
        ordering = ("pk",)
        verbose_name = _("引き継いだ仕事")

    def __str__(self) -> str:
        return self.title


@track(exclude=["secret", "last_step", "sign_count", "last_used_at"])
class Factor(models.Model):
    """Something that somebody has besides the password: an app that shows codes, or a passkey."""

    class Kind(models.TextChoices):
        APP = "app", _("認証アプリ")
        PASSKEY = "passkey", _("パスキー")

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="factors", verbose_name=_("アカウント"))
    kind = models.CharField(_("種類"), max_length=10, choices=Kind)
    name = models.CharField(_("名前"), max_length=60)
    # Of an app its base32 secret; of a passkey what the browser told at its making (public key and identifier).
    secret = models.BinaryField(_("秘密"))
    credential_id = models.CharField(_("パスキーの番号"), max_length=400, blank=True)
    last_step = models.BigIntegerField(_("最後に使った番号の回"), default=0)
    sign_count = models.BigIntegerField(_("使った回数"), default=0)
    created_at = models.DateTimeField(_("登録した日時"))
    last_used_at = models.DateTimeField(_("最後に使った日時"), null=True, blank=True)

    class Meta:
        ordering = ("created_at", "pk")
        verbose_name = _("二要素認証の手段")
        constraints = (
            models.UniqueConstraint(
                fields=["account"],
                condition=models.Q(kind="app"),
                name="one_app_per_account",
                violation_error_message=_("認証アプリは、すでに登録されています。"),
            ),
            models.UniqueConstraint(
                fields=["credential_id"],
                condition=~models.Q(credential_id=""),
                name="a_passkey_is_registered_once",
                violation_error_message=_("このパスキーは、すでに登録されています。"),
            ),
        )

    def __str__(self) -> str:
        return self.name


class RecoveryCode(models.Model):
    """A code on paper for the day on which app and passkey are lost; each works once."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="recovery_codes")
    digest = models.CharField(max_length=64)

    class Meta:
        verbose_name = _("予備コード")
        constraints = (models.UniqueConstraint(fields=["account", "digest"], name="one_recovery_code_per_account"),)

    def __str__(self) -> str:
        return str(self.account)


@track(exclude=["subject"])
class OutsideSignIn(models.Model):
    """Who an account is to a provider of sign-in (OpenID Connect)."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, related_name="outside", verbose_name=_("アカウント"))
    issuer = models.CharField(_("認証の発行元"), max_length=300)
    subject = models.CharField(_("発行元での番号"), max_length=300)
    linked_at = models.DateTimeField(_("結び付けた日時"))

    class Meta:
        ordering = ("linked_at",)
        verbose_name = _("外部の認証")
        constraints = (
            models.UniqueConstraint(fields=["issuer", "subject"], name="one_account_per_outside_identity"),
            models.UniqueConstraint(fields=["account", "issuer"], name="one_identity_per_account_and_issuer"),
        )

    def __str__(self) -> str:
        return self.issuer


class Session(AbstractBaseSession):
    """A sign-in on one device: readable by its owner, so that a stolen one can be ended."""

    account = models.ForeignKey(Account, on_delete=models.CASCADE, null=True, related_name="sessions")
    device = models.CharField(_("端末"), max_length=200, blank=True)
    address = models.CharField(_("接続元"), max_length=100, blank=True)
    begun_at = models.DateTimeField(_("ログインした日時"), null=True)

    class Meta:
        verbose_name = _("ログイン中の端末")

    def __str__(self) -> str:
        return self.device

    @property
    def mark(self) -> str:
        """Names the session on a page; its key would let anybody in who reads it."""
        return hashlib.sha256(self.session_key.encode()).hexdigest()[:16]

    @classmethod
    def get_session_store_class(cls) -> type[SessionBase]:
        from itoguchi.accounts.sessions import SessionStore

        return SessionStore


@track(exclude=["digest"])
class ApiToken(models.Model):
    """A key with which a program writes for one membership: it may never do more than that, nor longer."""

    membership = models.ForeignKey(Membership, on_delete=models.PROTECT, related_name="tokens", verbose_name=_("役割"))
    name = models.CharField(_("何に使うか"), max_length=100)
    digest = models.CharField(_("指紋（SHA-256）"), max_length=64, unique=True, editable=False)
    made_at = models.DateTimeField(_("作った日時"), auto_now_add=True)
    last_day = models.DateField(_("いつまで"))
    revoked_at = models.DateTimeField(_("使えなくした日時"), null=True, blank=True)

    class Meta:
        ordering = ("-made_at", "-pk")
        verbose_name = _("APIの鍵")

    def __str__(self) -> str:
        return self.name

    def is_good_on(self, day: date) -> bool:
        """Whether it opens anything: neither revoked nor over, and its membership stands."""
        return self.revoked_at is None and day <= self.last_day and self.membership.stands_on(day)
