"""The room's addresses, under /surat/; each subject keeps its own."""

from .disposition import urls as disposition
from .incoming import urls as incoming
from .letters import urls as letters

app_name = "simaya"

urlpatterns = [*letters.urlpatterns, *incoming.urlpatterns, *disposition.urlpatterns]
