"""Addresses of local governments."""

from django.urls import path

from itoguchi.areas import views

app_name = "areas"
urlpatterns = [
    path("", views.nation, name="nation"),
    path("find", views.find, name="find"),
    path("table", views.area_table, name="table"),
    path("map-values", views.map_values, name="map_values"),
    path("statistics/import", views.import_statistics, name="import_statistics"),
    path("files/<int:pk>", views.file, name="file"),
    path("files/<int:pk>/take-back", views.take_back, name="take_back"),
    path("blocks/<slug:key>", views.block, name="block"),
    path("<str:code>/history", views.history, name="history"),
    path("<str:code>", views.area, name="area"),
]
