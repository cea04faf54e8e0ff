"""The room as a Django app, and what it offers to hand-overs, notices and the pages of areas and solutions."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from itoguchi.core.duties import offer_duties
from itoguchi.core.followed import Noun, offer_followed, offer_happenings
from itoguchi.core.matters import offer_matters
from itoguchi.core.panels import offer_panel
from itoguchi.core.watched import offer_watched


class CasesConfig(AppConfig):
    name = "itoguchi.cases"
    label = "cases"

    def ready(self) -> None:
        from itoguchi.cases import queries
        from itoguchi.cases.queries import happenings

        offer_duties(queries.duties)
        offer_matters(queries.matter_of)
        offer_watched(queries.watched)
        offer_panel("area", label=_("この団体の事例"), name="cases:panel_area")
        offer_panel("problem", label=_("この取組の事例"), name="cases:panel_problem")
        offer_panel("implementation", label=_("この取組の事例"), name="cases:panel_implementation")
        offer_panel("solution", label=_("事例と参照モデル"), name="cases:panel_solution")
        offer_followed(Noun(happenings.CASES, _("事例"), happenings.names_of_cases))
        offer_happenings(happenings.happenings)
