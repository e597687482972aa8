"""The portal as a WSGI application: `granian --interface wsgi pendopo.portal.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pendopo.portal.settings")

application = get_wsgi_application()
