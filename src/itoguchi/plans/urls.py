"""Addresses of first steps and plans; those of single plans last for ever."""

from django.urls import URLPattern

app_name = "plans"
urlpatterns: list[URLPattern] = []
