"""Forms of accounts: sign-in with a limit on failing tries, passwords, account, role, organisation."""

from __future__ import annotations

from datetime import date
from typing import Any

from django import forms
from django.contrib.auth.forms import AuthenticationForm
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.actions import factors
from itoguchi.accounts.models import Account, Language, Membership, Organisation, Role
from itoguchi.accounts.queries import account_named
from itoguchi.areas.models import Area, Block
from itoguchi.areas.queries import area_of_code
from itoguchi.core import throttle
from itoguchi.core.as_of import DayField
from itoguchi.core.calendar import fiscal_year
from itoguchi.core.folding import fold
from itoguchi.core.wording import say

TRIES, WINDOW = 5, 15 * 60
TRIES_OF_ADDRESS = 50


class SignInForm(AuthenticationForm):
    """Name and password; after five failing tries in a quarter of an hour the name, and after fifty the address, waits."""

    wait: int | None = None
    error_messages = {  # noqa: RUF012  (Django's own form declares it so)
        "invalid_login": _("ログイン名かパスワードが違います。"),
        "inactive": _("ログイン名かパスワードが違います。"),
    }

    def clean(self) -> dict[str, Any]:
        if self.errors:  # an empty field is no try: it neither counts nor forgets what was counted
            return self.cleaned_data
        # Upper case first: the database finds names by it, and some letters have only their upper case in common.
        name = f"sign-in name {self.cleaned_data['username'].upper().casefold()}"
        address = f"sign-in address {self.request.META.get('REMOTE_ADDR', '') if self.request else ''}"
        limits = ((name, TRIES), (address, TRIES_OF_ADDRESS))
        # A try is counted before the password is looked at, so that many at once don't slip past the limit.
        waits = [wait for key, limit in limits if (wait := throttle.take(key, limit=limit, seconds=WINDOW))]
        if waits:
            self.wait = max(waits)
            raise ValidationError(
                say(
                    _("失敗が続いたため、しばらくログインできません。約%(minutes)s分後にお試しください。"),
                    minutes=-(-self.wait // 60),
                )
            )
        cleaned = super().clean()
        throttle.clear(name)
        throttle.give_back(address)
        return cleaned


CODE = {"autocomplete": "one-time-code", "inputmode": "text", "spellcheck": "false", "autocapitalize": "off"}


class CodeForm(forms.Form):
    """The second step of sign-in; after five wrong codes in a quarter of an hour the account waits."""

    wait: int | None = None
    used = ""
    code = forms.CharField(
        label=_("番号"),
        max_length=40,
        widget=forms.TextInput(attrs=CODE),
        help_text=_("認証アプリの6けたの番号。アプリが手もとにないときは、予備コードを一つ。"),
    )

    def __init__(self, account: Account, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.account = account

    def clean_code(self) -> str:
        key = f"second factor {self.account.pk}"
        self.wait = throttle.take(key, limit=TRIES, seconds=WINDOW)
        if self.wait:
            raise ValidationError(
                say(
                    _("失敗が続いたため、しばらくログインできません。約%(minutes)s分後にお試しください。"),
                    minutes=-(-self.wait // 60),
                )
            )
        used = factors.use_code(self.account, self.cleaned_data["code"], at=timezone.now())
        if used is None:
            raise ValidationError(factors.WRONG_CODE)
        self.used = used
        throttle.clear(key)
        return used


class AppForm(forms.Form):
    """The first code of a new app."""

    code = forms.CharField(label=_("アプリに出た6けたの番号"), max_length=12, widget=forms.TextInput(attrs=CODE))

    def clean_code(self) -> str:
        return "".join(self.cleaned_data["code"].split())


class PasskeyForm(forms.Form):
    """A new passkey: what it is called, and what the browser made."""

    name = forms.CharField(label=_("名前"), max_length=60, help_text=_("例：職場のパソコン、共用の認証鍵"))
    answer = forms.CharField(
        widget=forms.HiddenInput,
        max_length=20_000,
        error_messages={"required": _("ブラウザーがパスキーを作っていません。")},
    )


class LanguageSelect(forms.Select):
    """Each language under its own name, marked as written in it."""

    def create_option(self, name: str, value: Any, *args: Any, **kwargs: Any) -> dict[str, Any]:
        option = super().create_option(name, value, *args, **kwargs)
        option["attrs"]["lang"] = value
        return option


class DetailsForm(forms.Form):
    """What a person may change of the own account."""

    email = forms.EmailField(
        label=_("メール"),
        required=False,
        max_length=254,
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )
    language = forms.ChoiceField(
        label=_("連絡の言語"),
        choices=Language.choices,
        initial=Language.JAPANESE,
        widget=LanguageSelect,
        help_text=_("お知らせに使います。画面の言語はページの上で選べます。"),
    )


class PersonForm(DetailsForm):
    """What the secretariat may change of an account."""

    field_order = ("sign_in_name", "name", "name_en", "email", "language", "password")
    name = forms.CharField(label=_("氏名"), max_length=100)
    name_en = forms.CharField(label=_("氏名（英語）"), max_length=100, required=False)


class NewPasswordForm(forms.Form):
    """A password that the secretariat hands out."""

    password = forms.CharField(
        label=_("はじめのパスワード"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("12文字以上。本人に渡し、ログイン後に変えてもらってください。"),
    )


class AccountForm(PersonForm, NewPasswordForm):
    """A new account."""

    sign_in_name = forms.CharField(
        label=_("ログイン名"), max_length=60, help_text=_("英数字で始め、英数字と . _ @ - を使ってください。")
    )


class MembershipForm(forms.Form):
    """A role for one body and a term."""

    role = forms.ChoiceField(label=_("役割"), choices=Role.choices)
    area_code = forms.CharField(label=_("団体コード（市区町村・都道府県の担当者）"), max_length=6, required=False)
    block = forms.ModelChoiceField(
        label=_("地域ブロック（総合通信局等の担当者）"), queryset=Block.objects.all(), required=False
    )
    organisation = forms.ModelChoiceField(
        label=_("参加組織（そのほかの役割）"), queryset=Organisation.objects.all(), required=False
    )
    valid_from = DayField(label=_("いつから"), help_text=_("例：2027-04-01、令和9年4月1日"))
    valid_to = DayField(label=_("いつまで（空欄なら定めなし）"), required=False)

    def clean_area_code(self) -> Area | None:
        code = fold(self.cleaned_data["area_code"])
        area = area_of_code(code) if code else None
        if code and area is None:
            raise ValidationError(_("この団体コードはありません。6桁のコードを確かめてください。"))
        return area

    def for_action(self) -> dict[str, Any]:
        """The cleaned data under the names of the action."""
        data = dict(self.cleaned_data)
        return {"area": data.pop("area_code"), **data}


class EndMembershipForm(forms.Form):
    """The last day of a role."""

    on = DayField(label=_("最後の日"))


class TokenForm(forms.Form):
    """A key for a program: one role, what it is for, and its last day."""

    field_order = ("membership", "name", "last_day")
    name = forms.CharField(label=_("何に使うか"), max_length=100, help_text=_("例：行事予定の連携、統計の更新"))
    last_day = DayField(
        label=_("いつまで"), help_text=_("1年以内。年度末は担当が替わる時期なので、はじめは年度末の日が入っています。")
    )

    def __init__(self, memberships: list[Membership], today: date, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.memberships = {str(each.pk): each for each in memberships}
        self.fields["membership"] = forms.ChoiceField(
            label=_("役割"),
            choices=[(key, str(each)) for key, each in self.memberships.items()],
            help_text=_("鍵でできることは、この役割でできることまでです。"),
        )
        self.order_fields(self.field_order)
        self.fields["last_day"].initial = date(fiscal_year(today) + 1, 3, 31).isoformat()

    def clean_membership(self) -> Membership:
        return self.memberships[self.cleaned_data["membership"]]


class ApprovalRuleForm(forms.Form):
    """From which day an office (`block-kinki`, `organisation-3`) lets nobody publish alone."""

    office = forms.ChoiceField(label=_("どの組織で"))
    since = DayField(label=_("いつから"), help_text=_("例：2027-04-01、令和9年4月1日"))

    def __init__(self, *args: Any, offices: list[Membership], **more: Any) -> None:
        super().__init__(*args, **more)
        self.offices = {next(f"{kind}-{key}" for kind, key in each.office.items() if key): each for each in offices}
        self.fields["office"].choices = [(key, str(each.target)) for key, each in self.offices.items()]

    def for_action(self) -> dict[str, Any]:
        """The office and the day."""
        return {"office": self.offices[self.cleaned_data["office"]], "since": self.cleaned_data["since"]}


class EndRuleForm(forms.Form):
    """What is done about the end of a rule: ask for it, or decide on the request."""

    DEEDS = ("ask", "approve", "send_back", "withdraw")

    deed = forms.ChoiceField(choices=[(each, each) for each in DEEDS])
    why = forms.CharField(max_length=1000, required=False)


class HandOverForm(forms.Form):
    """Who takes a role over, when, and what there is to know."""

    membership = forms.ChoiceField(label=_("引き継ぐ役割"))
    successor = forms.CharField(
        label=_("後任のログイン名"),
        max_length=60,
        required=False,
        help_text=_("すでにアカウントがある方。なければ空欄にして、次の氏名とメールを書いてください。"),
    )
    newcomer_name = forms.CharField(label=_("後任の氏名（アカウントがまだないとき）"), max_length=100, required=False)
    newcomer_email = forms.EmailField(label=_("後任のメール"), max_length=254, required=False)
    last_day = DayField(
        label=_("最後の日"), help_text=_("例：2027-03-31、令和9年3月31日。次の日から後任の役割が始まります。")
    )
    note = forms.CharField(label=_("申し送り"), max_length=4000, required=False, widget=forms.Textarea({"rows": 5}))

    def __init__(self, *args: Any, memberships: list[Membership], **more: Any) -> None:
        super().__init__(*args, **more)
        self.memberships = {str(each.pk): each for each in memberships}
        self.fields["membership"].choices = [(key, str(each)) for key, each in self.memberships.items()]

    def clean_successor(self) -> Account | None:
        return account_of(self.cleaned_data["successor"])

    def clean(self) -> dict[str, Any]:
        cleaned = super().clean() or {}
        if not self.errors and not (cleaned["successor"] or cleaned["newcomer_name"]):
            self.add_error("successor", _("後任のログイン名か氏名を書いてください。"))
        return cleaned

    def for_action(self) -> dict[str, Any]:
        """The cleaned data under the names of the action."""
        return self.cleaned_data | {"membership": self.memberships[self.cleaned_data["membership"]]}


def account_of(sign_in_name: str) -> Account | None:
    """The account of a sign-in name; raises ValidationError where there is none."""
    found = account_named(sign_in_name) if sign_in_name else None
    if sign_in_name and found is None:
        raise ValidationError(_("このログイン名のアカウントはありません。"))
    return found


class HandOverDecisionForm(forms.Form):
    """What is done with a hand-over; for a newcomer the account that was opened is named."""

    deed = forms.ChoiceField(choices=[(each, each) for each in ("accept", "refuse", "withdraw")])
    successor = forms.CharField(label=_("後任のログイン名"), max_length=60, required=False)
    remark = forms.CharField(label=_("意見"), max_length=1000, required=False)

    def clean_successor(self) -> Account | None:
        return account_of(self.cleaned_data["successor"])


class OrganisationForm(forms.ModelForm):
    """An organisation, new or known."""

    class Meta:
        model = Organisation
        fields = ("name", "name_en", "kind", "corporate_number")


class PasswordForm(forms.Form):
    """A new password with the old one."""

    old = forms.CharField(
        label=_("いまのパスワード"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )
    new = forms.CharField(
        label=_("新しいパスワード"),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
        help_text=_("12文字以上。よくある言葉や名前に似たものは使えません。"),
    )

    def __init__(self, account: Account, *args: Any, **kwargs: Any) -> None:
        self.account = account
        super().__init__(*args, **kwargs)

    def clean_old(self) -> str:
        old: str = self.cleaned_data["old"]
        if not self.account.check_password(old):
            raise ValidationError(_("いまのパスワードが違います。"))
        return old
