"""Where mail programs look by themselves: at the root of the site, for anybody."""

from django.urls import path

from . import pages

app_name = "pnsmail-clients"

urlpatterns = [
    path("mail/config-v1.1.xml", pages.autoconfig, name="autoconfig"),
    path(".well-known/autoconfig/mail/config-v1.1.xml", pages.autoconfig, name="autoconfig-well-known"),
    path(".well-known/mta-sts.txt", pages.tls_policy, name="mta-sts"),
]
