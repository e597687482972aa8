from django.urls import path

from . import pages

urlpatterns = [
    path("kantor/domain/", pages.domain, name="domain"),
    path("kantor/domain/kunci/", pages.key_sign, name="key-sign"),
]
