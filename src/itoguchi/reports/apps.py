"""The room as a Django app, and what it offers to hand-overs."""

from django.apps import AppConfig

from itoguchi.core.duties import offer_duties


class ReportsConfig(AppConfig):
    name = "itoguchi.reports"
    label = "reports"

    def ready(self) -> None:
        from itoguchi.reports.queries import duties

        offer_duties(duties)
