from django.urls import path

from . import pages

urlpatterns = [path("kantor/kotak/<uuid:id>/kirim-lagi/", pages.resume, name="sending-resume")]
