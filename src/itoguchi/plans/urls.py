"""Addresses of first steps and plans; those of single plans last for ever."""

from django.urls import path

from itoguchi.plans import views

app_name = "plans"
urlpatterns = [
    path("first-step", views.first_step, name="first_step"),
    path("areas/<slug:key>/first-step", views.panel_first_step, {"noun": "area"}, name="panel_area"),
    path("needs/<slug:key>/first-step", views.panel_first_step, {"noun": "need"}, name="panel_need"),
    path("solutions/<slug:key>/first-step", views.panel_first_step, {"noun": "solution"}, name="panel_solution"),
]
