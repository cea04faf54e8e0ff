"""The room as a Django app, and what it offers to hand-overs."""

from django.apps import AppConfig

from itoguchi.core.duties import offer_duties
from itoguchi.core.matters import offer_matters


class ReportsConfig(AppConfig):
    name = "itoguchi.reports"
    label = "reports"

    def ready(self) -> None:
        from itoguchi.reports.queries import duties, matter_of

        offer_duties(duties)
        offer_matters(matter_of)
