from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class MantraConfig(AppConfig):
    name = "pendopo.mantra"
    label = "mantra"
    verbose_name = _("Data exchange")

    def ready(self) -> None:
        from . import acts, room  # noqa: F401  its rows are registered on import

        room.register()
