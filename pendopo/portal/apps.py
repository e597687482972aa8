from django.apps import AppConfig


class PortalConfig(AppConfig):
    name = "pendopo.portal"
    label = "portal"
