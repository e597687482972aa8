"""Exchange and bulk through two gateways, beside a two-hop nginx chain and psql."""
