"""The room as a Django app."""

from django.apps import AppConfig


class PlansConfig(AppConfig):
    name = "itoguchi.plans"
    label = "plans"
