"""The room as a Django app, and what it offers to hand-overs, notices and the pages of areas, needs and solutions."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from itoguchi.core.duties import offer_duties
from itoguchi.core.matters import offer_matters
from itoguchi.core.panels import offer_panel
from itoguchi.core.watched import offer_watched


class PlansConfig(AppConfig):
    name = "itoguchi.plans"
    label = "plans"

    def ready(self) -> None:
        from itoguchi.plans import queries

        offer_duties(queries.duties)
        offer_matters(queries.matter_of)
        offer_watched(queries.watched)
        for noun in ("area", "need", "solution"):
            offer_panel(noun, label=_("最初の一歩"), name=f"plans:panel_{noun}")
        offer_panel("area", label=_("実装計画"), name="plans:panel_plans")
        offer_panel("reference_model", label=_("計画に写す"), name="plans:panel_model", shown_to=queries.may_copy)
