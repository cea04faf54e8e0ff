"""The room as a Django app, and what it offers to hand-overs and the pages of areas and blocks."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from itoguchi.core.duties import offer_duties
from itoguchi.core.matters import offer_matters
from itoguchi.core.panels import offer_panel


class OutreachConfig(AppConfig):
    name = "itoguchi.outreach"
    label = "outreach"

    def ready(self) -> None:
        from itoguchi.outreach.access import can_open_visits_to
        from itoguchi.outreach.queries import duties, matter_of

        offer_duties(duties)
        offer_matters(matter_of)
        offer_panel("area", label=_("説明会"), name="outreach:panel_area")
        offer_panel("area", label=_("訪問記録"), name="outreach:panel_visits", shown_to=can_open_visits_to)
        offer_panel("block", label=_("説明会"), name="outreach:panel_block")
