from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class DeliveryConfig(AppConfig):
    name = "pendopo.ground.delivery"
    label = "delivery"
    verbose_name = _("Delivery")

    def ready(self) -> None:
        from . import acts  # noqa: F401  its rows are registered on import
