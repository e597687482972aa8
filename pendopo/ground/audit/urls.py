"""Address of the audit."""

from django.urls import path

from . import pages

app_name = "audit"

urlpatterns = [path("", pages.lines, name="lines")]
