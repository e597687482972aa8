from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NodesConfig(AppConfig):
    name = "pendopo.ground.nodes"
    label = "nodes"
    verbose_name = _("Nodes")

    def ready(self) -> None:
        from . import acts  # noqa: F401  its rows are registered on import
