"""The room as a Django app, and the panels it offers to the pages of areas and blocks."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from itoguchi.core.panels import offer_panel


class OutreachConfig(AppConfig):
    name = "itoguchi.outreach"
    label = "outreach"

    def ready(self) -> None:
        from itoguchi.outreach.access import can_open_visits_to

        offer_panel("area", label=_("説明会"), name="outreach:panel_area")
        offer_panel("area", label=_("訪問記録"), name="outreach:panel_visits", shown_to=can_open_visits_to)
        offer_panel("block", label=_("説明会"), name="outreach:panel_block")
