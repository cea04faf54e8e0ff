"""The room as a Django app, and what it offers to hand-overs and the pages of areas."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from itoguchi.core.duties import offer_duties
from itoguchi.core.followed import Noun, offer_followed, offer_happenings
from itoguchi.core.matters import offer_matters
from itoguchi.core.panels import offer_panel


class RoadmapConfig(AppConfig):
    name = "itoguchi.roadmap"
    label = "roadmap"

    def ready(self) -> None:
        from itoguchi.roadmap.queries import happenings, revisions, surveys

        for source in (surveys, revisions):
            offer_duties(source.duties)
            offer_matters(source.matter_of)
        offer_panel("area", label=_("実装の状況"), name="roadmap:uses")
        offer_panel("account", label=_("やること"), name="roadmap:duties")
        offer_panel("account", label=_("気をつけること"), name="roadmap:watch")
        offer_panel("block", label=_("先に進めるモデル"), name="roadmap:push")
        offer_followed(Noun(happenings.FIELDS, _("分野"), happenings.names_of_fields))
        offer_followed(Noun(happenings.SOLUTIONS, _("分野別モデル"), happenings.names_of_solutions))
        offer_followed(Noun(happenings.BLOCKS, _("地域ブロック"), happenings.names_of_blocks))
        offer_happenings(happenings.happenings)
