"""The room as a Django app, and what it offers to hand-overs, notices, and to the pages of other rooms."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from itoguchi.core.duties import offer_duties, offer_own_duties
from itoguchi.core.followed import Noun, offer_followed, offer_happenings
from itoguchi.core.matters import offer_matters
from itoguchi.core.panels import offer_panel
from itoguchi.core.watched import offer_watched


class NetworkConfig(AppConfig):
    name = "itoguchi.network"
    label = "network"

    def ready(self) -> None:
        from itoguchi.network.queries import (
            duties,
            duties_of_bodies,
            follow,
            happenings,
            own_duties,
            threads,
            watched,
        )

        offer_duties(duties)
        offer_duties(duties_of_bodies)
        offer_duties(threads.duties)
        offer_own_duties(own_duties)
        offer_matters(threads.matter_of)
        offer_watched(watched)
        offer_watched(threads.watched)
        offer_watched(follow.watched)
        offer_followed(Noun(happenings.THREADS, _("糸"), happenings.names_of_threads))
        offer_happenings(happenings.happenings)
        for noun in ("briefing", "visit", "meeting", "clause", "kpi", "solution"):
            offer_panel(noun, label=_("意見"), name=f"network:panel_{noun}")
        offer_panel(
            "organisation",
            label=_("糸を担う団体として"),
            name="network:panel_organisation",
            shown_to=lambda _user, record: record.kind == record.Kind.ASSOCIATION,
        )
        for noun in ("field", "solution", "block", "case"):
            offer_panel(noun, label=_("フォロー"), name=f"network:follow_{noun}")
