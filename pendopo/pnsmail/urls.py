"""The room's addresses, under /surel/; each subject keeps its own."""

from .domains import urls as domains
from .mailboxes import urls as mailboxes
from .sending import urls as sending
from .webmail import urls as webmail

app_name = "pnsmail"

urlpatterns = [
    *webmail.urlpatterns,
    *mailboxes.urlpatterns,
    *sending.urlpatterns,
    *domains.urlpatterns,
]
