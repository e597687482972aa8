from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

# Documents of the first rooms; later ones name their own (`names.register`).
DOCUMENTS = {
    "request/1": _("Request for access"),
    "request-refusal/1": _("Refusal of a request"),
    "agreement/1": _("Agreement"),
    "service/1": _("Description of a service"),
    "key/1": _("New key"),
    "tls/1": _("New certificate"),
}


class DeliveryConfig(AppConfig):
    name = "pendopo.ground.delivery"
    label = "delivery"
    verbose_name = _("Delivery")

    def ready(self) -> None:
        from django.urls import reverse

        from pendopo.ground import rooms

        from . import acts, names, reads  # noqa: F401  the acts' rows are registered on import

        rooms.register_bell(rooms.Bell(lambda: reverse("delivery:notices"), reads.unseen))
        for type, name in DOCUMENTS.items():
            names.register(type, name)
