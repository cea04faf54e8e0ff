"""The room as a Django app, and what it offers to hand-overs and the pages of areas."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from itoguchi.core.duties import offer_duties
from itoguchi.core.panels import offer_panel


class SupportConfig(AppConfig):
    name = "itoguchi.support"
    label = "support"

    def ready(self) -> None:
        from itoguchi.support.queries import duties

        offer_duties(duties)
        offer_panel("area", label=_("この団体のニーズ・課題"), name="support:panel_needs")
