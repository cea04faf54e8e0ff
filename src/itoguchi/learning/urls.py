"""Addresses of the human resources plan; those of single records last for ever."""

from django.urls import path

from itoguchi.learning import views

app_name = "learning"
urlpatterns = [
    path("learning/plan", views.plan, name="plan"),
    path("learning/programmes/<slug:key>", views.programme, name="programme"),
]
