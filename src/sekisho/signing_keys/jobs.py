"""Names of the jobs of this slice."""

#: Writes down that the next key has become the current one; it has signed since its time, written down or not.
ACTIVATE = "signing_keys.activate"
