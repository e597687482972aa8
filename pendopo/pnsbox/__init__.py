"""PNSBox: the private network between agencies: its controller."""
