"""MANTRA: data exchange between agencies. Sources, services, requests, agreements and what became of them."""
