"""The provider's half of an exchange: checks, limits, the adapter, the signed answer."""
