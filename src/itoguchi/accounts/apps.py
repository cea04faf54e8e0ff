"""The room as a Django app, and what it offers to hand-overs."""

from django.apps import AppConfig

from itoguchi.core.duties import offer_duties


class AccountsConfig(AppConfig):
    name = "itoguchi.accounts"
    label = "accounts"

    def ready(self) -> None:
        from itoguchi.accounts.queries import duties, matter_of
        from itoguchi.core.matters import offer_matters

        offer_duties(duties)
        offer_matters(matter_of)
