"""PNSBox: the private network between agencies. So far its rules; it is no room of the portal yet."""
