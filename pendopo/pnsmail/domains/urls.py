from django.urls import path

from . import pages

urlpatterns = [path("kantor/domain/", pages.domain, name="domain")]
