"""The room's addresses, under /mantra/."""

from django.urls import path

from .agreements import pages as agreements
from .agreements import review
from .monitoring import pages as monitoring
from .services import catalogue, wizard
from .services import pages as services
from .sources import pages as sources
from .subsystems import pages as subsystems

app_name = "mantra"

SERVICE = "<str:instance>/<str:cls>/<str:agency>/<str:subsystem>/<str:code>/"

urlpatterns = [
    path("", services.home, name="home"),
    # sources and the wizard
    path("sumber/", sources.index, name="sources"),
    path("sumber/<uuid:id>/", sources.show, name="source"),
    path("sumber/<uuid:id>/alamat/", sources.address, name="source-address"),
    path("sumber/<uuid:id>/hapus/", sources.remove, name="source-remove"),
    path("sumber/<uuid:id>/layanan/", wizard.another, name="source-service"),
    path("sumber/hubungkan/", wizard.begin, name="connect"),
    path("sumber/hubungkan/<uuid:id>/jenis/", wizard.kind, name="connect-kind"),
    path("sumber/hubungkan/<uuid:id>/alamat/", wizard.address, name="connect-address"),
    path("sumber/hubungkan/<uuid:id>/tabel/", wizard.table, name="connect-table"),
    path("sumber/hubungkan/<uuid:id>/kolom/", wizard.columns, name="connect-columns"),
    path("sumber/hubungkan/<uuid:id>/batas/", wizard.limits, name="connect-limits"),
    path("sumber/hubungkan/<uuid:id>/periksa/", wizard.check, name="connect-check"),
    path("sumber/hubungkan/<uuid:id>/buang/", wizard.discard, name="connect-discard"),
    # services
    path("layanan/", services.index, name="services"),
    path("layanan/<uuid:id>/", services.show_service, name="service"),
    path("layanan/<uuid:id>/openapi/", services.openapi, name="service-openapi"),
    path("layanan/<uuid:id>/openapi.json", services.openapi_file, name="service-openapi-file"),
    path("layanan/<uuid:id>/versi/", wizard.version, name="service-version"),
    path("layanan/<uuid:id>/skema/", services.check_schema, name="service-schema"),
    path("layanan/<uuid:id>/tutup/", services.disable, name="service-disable"),
    path("layanan/<uuid:id>/buka/", services.enable, name="service-enable"),
    # the catalogue, and asking
    path("katalog/", catalogue.index, name="catalogue"),
    path(f"katalog/{SERVICE}", catalogue.show, name="listed"),
    path(f"katalog/{SERVICE}openapi.json", catalogue.openapi_file, name="listed-openapi-file"),
    path(f"katalog/{SERVICE}minta/", catalogue.ask, name="ask"),
    # requests and agreements
    path("permintaan/", review.index, name="requests"),
    path("permintaan/<uuid:id>/", review.show, name="request"),
    path("permintaan/<uuid:id>/setujui/", review.approve, name="request-approve"),
    path("permintaan/<uuid:id>/tolak/", review.refuse, name="request-refuse"),
    path("sambungan/", agreements.connections, name="connections"),
    path("sambungan/<uuid:id>/", agreements.asked, name="asked"),
    path("perjanjian/", agreements.index, name="agreements"),
    path("perjanjian/<uuid:id>/", agreements.show, name="agreement"),
    path("perjanjian/<uuid:id>/riwayat/", agreements.history, name="agreement-history"),
    path("perjanjian/<uuid:id>/terima/", agreements.accept, name="agreement-accept"),
    path("perjanjian/<uuid:id>/tolak/", agreements.decline, name="agreement-decline"),
    path("perjanjian/<uuid:id>/tangguhkan/", agreements.suspend, name="agreement-suspend"),
    path("perjanjian/<uuid:id>/lanjutkan/", agreements.resume, name="agreement-resume"),
    path("perjanjian/<uuid:id>/cabut/", agreements.revoke, name="agreement-revoke"),
    # oversight
    path("transaksi/", monitoring.index, name="transactions"),
    path("transaksi/<uuid:id>/", monitoring.show, name="transaction"),
    path("bukti/", monitoring.evidence, name="evidence"),
    # systems
    path("sistem/", subsystems.index, name="subsystems"),
    path("sistem/baru/", subsystems.new, name="subsystem-new"),
    path("sistem/<uuid:id>/", subsystems.show, name="subsystem"),
    path("sistem/<uuid:id>/token/", subsystems.token, name="subsystem-token"),
    path("sistem/<uuid:id>/masuk/", subsystems.auth, name="subsystem-auth"),
    path("sistem/<uuid:id>/hapus/", subsystems.remove, name="subsystem-remove"),
]
