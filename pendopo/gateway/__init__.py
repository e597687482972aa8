"""The gateway: exchanges data between agencies, signs and logs. Knows nothing of Django."""
