"""The room's addresses, under /surat/; each subject keeps its own."""

from .disposition import urls as disposition
from .incoming import urls as incoming
from .letters import urls as letters
from .offices import urls as offices
from .records import urls as records
from .search import urls as search
from .signing import urls as signing

app_name = "simaya"

urlpatterns = [
    *offices.urlpatterns,
    *letters.urlpatterns,
    *incoming.urlpatterns,
    *disposition.urlpatterns,
    *records.urlpatterns,
    *search.urlpatterns,
    *signing.urlpatterns,
]
