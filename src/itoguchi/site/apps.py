"""The site as a Django app: its commands, its home page, and the search over all rooms, whose questions can be saved."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from itoguchi.core.saving import Page, offer_page


class SiteConfig(AppConfig):
    name = "itoguchi.site"
    label = "site"

    def ready(self) -> None:
        from itoguchi.site.saved import news_of_search

        offer_page(Page(path="/search", label=_("サイトの中をさがす"), asks=("q", "room"), news=news_of_search))
