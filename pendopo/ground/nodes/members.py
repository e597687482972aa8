"""Agencies of other nodes, as the registry's document names them, in this node's directory."""

from django.conf import settings
from django.db import transaction

from pendopo.ground.directory.models import Agency

from . import reads


def remember() -> int:
    """Adds members that the directory does not have and follows changed names; returns how many changed.

    A hosted agency keeps the name its own administrator gave it. Nobody is removed: old agreements name them.
    """
    named = {member["id"]: member["name"] for member in reads.registry().members.values()}
    with transaction.atomic():
        known = {agency.code: agency for agency in Agency.objects.filter(code__in=named)}
        fresh = [
            Agency(code=code, name=name, zone=settings.HOME.zone)
            for code, name in named.items()
            if code not in known
        ]
        Agency.objects.bulk_create(fresh, ignore_conflicts=True)
        renamed = [
            agency for agency in known.values() if not agency.hosted and agency.name != named[agency.code]
        ]
        for agency in renamed:
            agency.name = named[agency.code]
        Agency.objects.bulk_update(renamed, ["name"])
    return len(fresh) + len(renamed)
