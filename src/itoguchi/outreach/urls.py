"""Addresses of briefings; those of single briefings last for ever."""

from django.urls import path

from itoguchi.outreach import views

app_name = "outreach"
urlpatterns = [
    path("", views.coverage, name="coverage"),
    path("list", views.briefing_list, name="briefing_list"),
    path("panels/area/<str:code>", views.panel_area, name="panel_area"),
    path("panels/block/<slug:key>", views.panel_block, name="panel_block"),
    path("<slug:slug>", views.briefing, name="briefing"),
]
