"""Addresses of the roadmap; those of single records last for ever."""

from django.urls import path

from itoguchi.roadmap import views

app_name = "roadmap"
urlpatterns = [
    path("roadmap/", views.index, name="index"),
    path("roadmap/table", views.kpi_table, name="table"),
    path("roadmap/editions/<slug:key>", views.edition, name="edition"),
    path("fields/<slug:key>", views.field, name="field"),
    path("solutions/<slug:key>", views.solution, name="solution"),
    path("kpis/<slug:key>", views.kpi, name="kpi"),
    path("kpis/<slug:key>/forecast", views.forecast, name="forecast"),
]
