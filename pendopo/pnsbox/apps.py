from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PnsboxConfig(AppConfig):
    name = "pendopo.pnsbox"
    label = "pnsbox"
    verbose_name = _("Private network")

    def ready(self) -> None:
        from . import acts, room  # noqa: F401  its rows are registered on import

        room.register()
