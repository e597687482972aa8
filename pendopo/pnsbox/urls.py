"""The room's addresses, under /jaringan/."""

from django.urls import path

from .boxes import pages as boxes
from .health import pages as health
from .reach import pages as reach
from .sites import pages as sites
from .viewers import pages as viewers

app_name = "pnsbox"

urlpatterns = [
    path("", health.home, name="home"),
    path("gangguan/", health.troubles, name="troubles"),
    path("baru/", sites.new_network, name="network-new"),
    path("alamat/", sites.addresses, name="addresses"),
    # sites
    path("lokasi/", sites.index, name="sites"),
    path("lokasi/baru/", sites.new, name="site-new"),
    path("lokasi/<uuid:id>/", sites.show, name="site"),
    path("lokasi/<uuid:id>/ubah/", sites.edit, name="site-edit"),
    path("lokasi/<uuid:id>/hapus/", sites.remove, name="site-remove"),
    path("lokasi/<uuid:id>/nama/", sites.name_host, name="host-new"),
    path("nama/<uuid:id>/hapus/", sites.forget_host, name="host-remove"),
    path("lokasi/<uuid:id>/pengamat/", viewers.viewers, name="viewers"),
    path("lokasi/<uuid:id>/saluran/", boxes.new_line, name="line-new"),
    path("saluran/<uuid:id>/", boxes.edit_line, name="line"),
    path("saluran/<uuid:id>/hapus/", boxes.remove_line, name="line-remove"),
    # boxes
    path("lembar/", boxes.waiting, name="waiting"),
    path("lembar/cetak/", boxes.sheets, name="sheets"),
    path("kotak/<uuid:id>/", boxes.show, name="box"),
    path("kotak/<uuid:id>/kunci/", boxes.new_key, name="box-key"),
    path("kotak/<uuid:id>/putus/", boxes.quarantine, name="box-quarantine"),
    # the policy
    path("kebijakan/", reach.index, name="policy"),
    path("kebijakan/baru/", reach.new, name="rule-new"),
    path("kebijakan/<uuid:id>/", reach.change, name="rule"),
    path("kebijakan/<uuid:id>/cabut/", reach.withdraw, name="rule-remove"),
    path("kebijakan/matriks/", reach.matrix, name="matrix"),
    path("kebijakan/mengapa/", reach.why, name="why"),
    path("layanan/", reach.services, name="services"),
    path("layanan/<uuid:id>/hapus/", reach.remove_service, name="service-remove"),
]
