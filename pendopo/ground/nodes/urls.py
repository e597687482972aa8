"""Addresses of the node's pages, and the one that joining nodes call."""

from django.urls import path

from . import api, pages

app_name = "nodes"

urlpatterns = [
    path("nodes/enrol", api.enrol, name="enrol"),
    path("simpul/", pages.node, name="node"),
    path("simpul/kunci/", pages.own_keys, name="keys"),
    path("simpul/kunci/<slug:use>/ganti", pages.rotate, name="rotate"),
    path("simpul/anggota/", pages.members, name="members"),
    path("simpul/anggota/undang", pages.invite, name="invite"),
    path("simpul/anggota/undangan/<uuid:pk>/tarik", pages.withdraw, name="withdraw"),
    path("simpul/anggota/cabut/<slug:kind>/<path:subject>", pages.revoke, name="revoke"),
]
