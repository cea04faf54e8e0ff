"""The room as a Django app, and what it offers to hand-overs, the digest and the pages of areas and needs."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from itoguchi.core.duties import offer_duties
from itoguchi.core.followed import offer_happenings
from itoguchi.core.panels import offer_panel
from itoguchi.core.watched import offer_watched


class ExchangeConfig(AppConfig):
    name = "itoguchi.exchange"
    label = "exchange"

    def ready(self) -> None:
        from itoguchi.exchange import queries
        from itoguchi.exchange.queries.happenings import happenings

        offer_duties(queries.duties)
        offer_watched(queries.watched)
        offer_happenings(happenings)
        offer_panel("need", label=_("提案を求める"), name="exchange:panel_need")
        offer_panel("area", label=_("この団体の課題"), name="exchange:panel_area")
