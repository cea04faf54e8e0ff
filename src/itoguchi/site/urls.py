"""Addresses of all rooms: Japanese without mark, English under /en/."""

from django.conf.urls.i18n import i18n_patterns
from django.urls import include, path

from itoguchi.site import views

urlpatterns = i18n_patterns(
    path("", views.home, name="home"),
    path("account/", include("itoguchi.accounts.urls")),
    path("areas/", include("itoguchi.areas.urls")),
    path("briefings/", include("itoguchi.outreach.urls")),
    path("", include("itoguchi.network.urls")),
    path("", include("itoguchi.roadmap.urls")),
    path("", include("itoguchi.learning.urls")),
    path("", include("itoguchi.reports.urls")),
    prefix_default_language=False,
)
