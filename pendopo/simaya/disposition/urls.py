"""Addresses of this subject, under /surat/."""

from django.urls import URLPattern

urlpatterns: list[URLPattern] = []
