"""The room's addresses, under /surel/; each subject keeps its own."""

from .domains import urls as domains
from .mailboxes import urls as mailboxes
from .webmail import urls as webmail

app_name = "pnsmail"

urlpatterns = [*webmail.urlpatterns, *mailboxes.urlpatterns, *domains.urlpatterns]
