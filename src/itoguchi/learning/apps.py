"""The room as a Django app."""

from django.apps import AppConfig


class LearningConfig(AppConfig):
    name = "itoguchi.learning"
    label = "learning"
