from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "pendopo.ground.audit"
    label = "audit"
    verbose_name = _("Audit")

    def ready(self) -> None:
        from . import acts, room  # noqa: F401  rights and menu are registered on import
