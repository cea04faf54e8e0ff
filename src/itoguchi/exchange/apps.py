"""The room as a Django app, and what it offers to hand-overs, the digest, saved searches and the pages of areas and needs."""

from django.apps import AppConfig

from itoguchi.core.duties import offer_duties
from itoguchi.core.watched import offer_watched


class ExchangeConfig(AppConfig):
    name = "itoguchi.exchange"
    label = "exchange"

    def ready(self) -> None:
        from itoguchi.exchange import queries

        offer_duties(queries.duties)
        offer_watched(queries.watched)
