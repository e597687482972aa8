from django.apps import AppConfig
from django.conf import settings
from django.utils.translation import gettext_lazy as _


class PnsmailConfig(AppConfig):
    name = "pendopo.pnsmail"
    label = "pnsmail"
    verbose_name = _("Mail")

    def ready(self) -> None:
        from . import acts  # noqa: F401  its rows are registered on import

        if settings.HOME.mail is not None:
            from . import room

            room.register()
