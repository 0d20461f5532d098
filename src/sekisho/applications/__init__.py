"""Applications: the clients of the provider, their settings and secrets. How a client proves itself is not here."""
