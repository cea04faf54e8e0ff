"""The room as a Django app, and the box that it offers to the pages of areas, needs and solutions."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from itoguchi.core.panels import offer_panel


class PlansConfig(AppConfig):
    name = "itoguchi.plans"
    label = "plans"

    def ready(self) -> None:
        for noun in ("area", "need", "solution"):
            offer_panel(noun, label=_("最初の一歩"), name=f"plans:panel_{noun}")
