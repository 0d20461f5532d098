"""Foundation of foundations: time, ids, errors, events, paging, secrets.

Imports nothing of Sekisho and nothing outside the standard library; everything may import it.
"""
