"""Who may look at an office."""

from django.db.models import QuerySet

from pendopo.ground.accounts.models import RoleGrant
from pendopo.pnsbox.acts import VIEWER
from pendopo.pnsbox.sites.models import Site


def viewers(site: Site) -> QuerySet[RoleGrant]:
    """Whom the site's agency has as viewers today."""
    rows = RoleGrant.objects.filter(RoleGrant.valid_today(), agency=site.of, room="pnsbox", role=VIEWER)
    return rows.select_related("account__person", "agency")
