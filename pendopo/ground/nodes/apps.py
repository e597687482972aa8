from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class NodesConfig(AppConfig):
    name = "pendopo.ground.nodes"
    label = "nodes"
    verbose_name = _("Nodes")

    def ready(self) -> None:
        from pendopo.ground.delivery import handlers

        from . import acts, room, wire  # noqa: F401  acts and room are registered on import

        handlers.register("key/1", wire.key)
        handlers.register("service/1", wire.service)
        handlers.register("tls/1", wire.certificate)
