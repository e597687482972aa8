from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DirectoryConfig(AppConfig):
    name = "pendopo.ground.directory"
    label = "directory"
    verbose_name = _("Directory")

    def ready(self) -> None:
        from . import acts, room  # noqa: F401  rights and menu are registered on import
