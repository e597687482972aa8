"""Addresses of notices and messages."""

from django.urls import path

from . import pages

app_name = "delivery"

urlpatterns = [
    path("pemberitahuan/", pages.notices, name="notices"),
    path("pemberitahuan/dibaca", pages.seen, name="seen"),
    path("pemberitahuan/<uuid:pk>", pages.notice, name="notice"),
    path("simpul/kiriman/", pages.troubles, name="troubles"),
    path("simpul/kiriman/keluar/<uuid:pk>/ulang", pages.again_out, name="again_out"),
    path("simpul/kiriman/masuk/<uuid:pk>/ulang", pages.again_in, name="again_in"),
]
