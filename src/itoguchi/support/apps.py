"""The room as a Django app."""

from django.apps import AppConfig


class SupportConfig(AppConfig):
    name = "itoguchi.support"
    label = "support"
