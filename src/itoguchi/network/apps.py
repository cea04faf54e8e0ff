"""The room as a Django app, and what it offers to hand-overs and to the pages of briefings, meetings, clauses and KPIs."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from itoguchi.core.duties import offer_duties
from itoguchi.core.panels import offer_panel
from itoguchi.core.watched import offer_watched


class NetworkConfig(AppConfig):
    name = "itoguchi.network"
    label = "network"

    def ready(self) -> None:
        from itoguchi.network.queries import duties, duties_of_bodies, watched

        offer_duties(duties)
        offer_duties(duties_of_bodies)
        offer_watched(watched)
        for noun in ("briefing", "meeting", "clause", "kpi"):
            offer_panel(noun, label=_("意見"), name=f"network:panel_{noun}")
