from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class SimayaConfig(AppConfig):
    name = "pendopo.simaya"
    label = "simaya"
    verbose_name = _("Electronic office")

    def ready(self) -> None:
        from . import acts, room  # noqa: F401  its rows are registered on import

        room.register()
