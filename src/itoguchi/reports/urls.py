"""Addresses of reports and of their figures."""

from django.urls import path

from itoguchi.reports import views

app_name = "reports"
urlpatterns = [
    path("reports/", views.index, name="index"),
    path("reports/<str:day>", views.report, name="report"),
    path("reports/<str:day>/figures.json", views.figures, name="figures"),
    path("figures/<str:day>/<slug:figure>", views.figure, name="figure"),
]
