"""The room as a Django app."""

from django.apps import AppConfig


class RoadmapConfig(AppConfig):
    name = "itoguchi.roadmap"
    label = "roadmap"
