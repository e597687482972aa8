from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeliveryConfig(AppConfig):
    name = "pendopo.ground.delivery"
    label = "delivery"
    verbose_name = _("Delivery")

    def ready(self) -> None:
        from django.urls import reverse

        from pendopo.ground import rooms

        from . import acts, reads  # noqa: F401  the acts' rows are registered on import

        rooms.register_bell(rooms.Bell(lambda: reverse("delivery:notices"), reads.unseen))
