"""The address in the code on a letter: short, and without an account."""

from django.urls import path

from . import pages

app_name = "simaya-public"

urlpatterns = [path("<str:token>/", pages.check, name="check")]
