"""The portal's addresses."""

from django.conf import settings
from django.urls import include, path

from . import failures, pages

portal = ([path("", pages.home, name="home"), path("cari", pages.find, name="find")], "portal")

urlpatterns = [
    path("", include(portal)),
    path("", include("pendopo.ground.accounts.urls")),
    path("instansi/", include("pendopo.ground.directory.urls")),
    path("", include("pendopo.ground.nodes.urls")),
    path("", include("pendopo.ground.delivery.urls")),
    path("instansi/jejak/", include("pendopo.ground.audit.urls")),
    path("mantra/", include("pendopo.mantra.urls")),
    path("surat/", include("pendopo.simaya.urls")),
    path("jaringan/", include("pendopo.pnsbox.urls")),
    path("s/", include("pendopo.simaya.public.urls")),
]

if settings.HOME.mail is not None:
    urlpatterns += [
        path("surel/", include("pendopo.pnsmail.urls")),
        path("", include("pendopo.pnsmail.clients.urls")),
    ]

handler400 = failures.bad_request
handler403 = failures.refused
handler404 = failures.not_found
handler429 = failures.too_many
handler500 = failures.broken
