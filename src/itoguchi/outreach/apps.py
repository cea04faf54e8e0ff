"""The room as a Django app, and the panels it offers to the pages of areas and blocks."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from itoguchi.core.panels import offer_panel


class OutreachConfig(AppConfig):
    name = "itoguchi.outreach"
    label = "outreach"

    def ready(self) -> None:
        offer_panel("area", label=_("説明会"), name="outreach:panel_area")
        offer_panel("block", label=_("説明会"), name="outreach:panel_block")
