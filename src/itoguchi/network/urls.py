"""Addresses of meetings; those of single meetings last for ever."""

from django.urls import path

from itoguchi.network import views

app_name = "network"
urlpatterns = [
    path("meetings/", views.index, name="index"),
    path("meetings/<slug:slug>", views.meeting, name="meeting"),
]
