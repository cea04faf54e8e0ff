"""The room as a Django app, and what it offers to hand-overs, the digest, saved searches, areas' pages and the roadmap."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from itoguchi.core.duties import offer_duties
from itoguchi.core.panels import offer_panel
from itoguchi.core.saving import Page, offer_page
from itoguchi.core.watched import offer_watched

ASKS = ("q", "kind", "level", "field", "solution", "when", "mine")  # as the address of the list names them


class SupportConfig(AppConfig):
    name = "itoguchi.support"
    label = "support"

    def ready(self) -> None:
        from itoguchi.roadmap.queries import offer_needs
        from itoguchi.support import queries

        offer_duties(queries.duties)
        offer_watched(queries.watched)
        offer_needs(queries.openly_wanted)
        offer_page(Page(path="/schemes/", label=_("支援メニュー"), asks=ASKS, news=queries.news_of_search))
        offer_panel("answer", label=_("設問への答えから、ニーズへ"), name="support:panel_answer")
        offer_panel("area", label=_("この団体のニーズ・課題"), name="support:panel_needs")
