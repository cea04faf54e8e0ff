"""The room as a Django app, and what it offers to the pages of areas."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from itoguchi.core.panels import offer_panel


class RoadmapConfig(AppConfig):
    name = "itoguchi.roadmap"
    label = "roadmap"

    def ready(self) -> None:
        offer_panel("area", label=_("実装の状況"), name="roadmap:uses")
