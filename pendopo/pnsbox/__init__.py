"""PNSBox: the private network between agencies: its controller. No room of the portal's roof yet."""
