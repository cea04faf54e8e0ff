"""The site as a Django app, so that its commands and home page are found."""

from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "itoguchi.site"
    label = "site"
