"""The portal as a WSGI application, for the server in `serve` or any other."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "pendopo.portal.settings")

application = get_wsgi_application()
