"""The room as a Django app, labels kept for all models, and what saved searches offer to the digest."""

from django.apps import AppConfig

from itoguchi.core.watched import offer_watched


class CoreConfig(AppConfig):
    name = "itoguchi.core"
    label = "core"

    def ready(self) -> None:
        from itoguchi.core import choices, saving

        choices.keep_labels()
        offer_watched(saving.watched)
