"""Addresses of all rooms: Japanese without mark, English under /en/; the API speaks both at once."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path, re_path

from itoguchi.core.api.door import nothing_here
from itoguchi.site import api, api_page, health, open_data, saved, search, synonyms, views

handler500 = health.server_error
urlpatterns = [
    path("health", health.health, name="health"),
    path("health/ready", health.ready, name="ready"),
    path("metrics", health.metrics, name="metrics"),
    path("api/v1/", api.urls()),
    re_path(r"^api/.*$", nothing_here, name="api_nothing"),
    *i18n_patterns(
        path("", views.home, name="home"),
        path("search", search.search, name="search"),
        path("search/suggest", search.suggest, name="search_suggest"),
        path("search/save", saved.save, name="save_search"),
        path("search/saved", saved.saved, name="saved_searches"),
        path("search/saved/<int:pk>", saved.change, name="change_search"),
        path("search/synonyms", synonyms.synonyms, name="synonyms"),
        path("data/", open_data.index, name="open_data"),
        path("data/api", api_page.guide, name="api_page"),
        path("data/api/<slug:key>", api_page.operation, name="api_operation"),
        path("data/<slug:key>", open_data.table, name="open_data_table"),
        path("account/", include("itoguchi.accounts.urls")),
        path("areas/", include("itoguchi.areas.urls")),
        path("briefings/", include("itoguchi.outreach.urls")),
        path("", include("itoguchi.network.urls")),
        path("", include("itoguchi.roadmap.urls")),
        path("", include("itoguchi.support.urls")),
        path("", include("itoguchi.exchange.urls")),
        path("", include("itoguchi.cases.urls")),
        path("", include("itoguchi.plans.urls")),
        path("", include("itoguchi.learning.urls")),
        path("", include("itoguchi.reports.urls")),
        prefix_default_language=False,
    ),
]
