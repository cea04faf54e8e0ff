"""Addresses of reports and of their figures; those of published reports last for ever."""

from django.urls import path

from itoguchi.reports import views

app_name = "reports"
urlpatterns = [
    path("reports/", views.index, name="index"),
    path("reports/published/<slug:slug>", views.published, name="published"),
    path("reports/published/<slug:slug>/decide", views.decide, name="decide"),
    path("reports/published/<slug:slug>/since", views.since, name="since"),
    path("reports/published/<slug:slug>/compare", views.compare, name="compare"),
    path("reports/published/<slug:slug>/corrections", views.correct, name="correct"),
    path("reports/published/<slug:slug>/corrections/<int:number>", views.decide_correction, name="decide_correction"),
    path("reports/published/<slug:slug>/figures/<slug:figure>", views.published_figure, name="published_figure"),
    path("reports/published/<slug:slug>/<slug:language>/<str:name>", views.published_file, name="published_file"),
    path("reports/<str:day>", views.report, name="report"),
    path("reports/<str:day>/publish", views.publish, name="publish"),
    path("reports/<str:day>/chapters/<slug:key>", views.chapter, name="chapter"),
    path("reports/<str:day>/<str:name>", views.file, name="file"),
    path("figures/<str:day>/<slug:figure>", views.figure, name="figure"),
]
