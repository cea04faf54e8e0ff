"""The room as a Django app."""

from django.apps import AppConfig


class NetworkConfig(AppConfig):
    name = "itoguchi.network"
    label = "network"
