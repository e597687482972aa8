"""What runs on the router of a site, as root: no Django, nothing of the portal. So far its rules."""
