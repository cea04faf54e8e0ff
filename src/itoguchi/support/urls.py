"""Addresses of support; those of schemes last for ever."""

from django.urls import path

from itoguchi.support import views

app_name = "support"
urlpatterns = [
    path("schemes/", views.schemes, name="schemes"),
    path("schemes/new", views.new_scheme, name="new_scheme"),
    path("schemes/import", views.import_schemes, name="import_schemes"),
    path("schemes/table", views.scheme_files, name="scheme_files"),
    path("schemes/<slug:key>", views.scheme, name="scheme"),
    path("schemes/<slug:key>/edit", views.edit_scheme, name="edit_scheme"),
    path("schemes/<slug:key>/end", views.end_scheme, name="end_scheme"),
    path("schemes/<slug:key>/areas", views.scheme_areas, name="scheme_areas"),
    path("schemes/<slug:key>/history", views.scheme_history, name="scheme_history"),
    path("schemes/<slug:key>/calendar.ics", views.scheme_calendar, name="scheme_calendar"),
    path("schemes/<slug:key>/years/<int:year>", views.scheme_year, name="scheme_year"),
]
