"""Reading which organisation an association of the source is."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from itoguchi.accounts.models import Organisation
from itoguchi.network.forms.fields import KnownRowField
from itoguchi.network.forms.recommendations import WHY
from itoguchi.network.forms.threads import NamesSelect
from itoguchi.network.models import NamedBody


class ConnectForm(forms.Form):
    """The organisation that it is: one that is registered already."""

    organisation = KnownRowField(
        label=_("参加組織"),
        queryset=Organisation.objects.none(),
        required=False,
        widget=NamesSelect,
        empty_label=_("結ばない"),
        help_text=_("まだ登録のない団体は、先に「参加組織の一覧」で加えます。"),
    )
    why = forms.CharField(label=_("結ぶ・外す理由"), max_length=300, help_text=WHY)

    def __init__(self, *args: Any, body: NamedBody, **more: Any) -> None:
        super().__init__(*args, initial={"organisation": body.organisation_id}, **more)
        organisations: Any = self.fields["organisation"]
        organisations.queryset = Organisation.objects.filter(kind=Organisation.Kind.ASSOCIATION)
