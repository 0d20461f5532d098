"""What the provider issues: signed JWTs, opaque values, and the rules for what is in them."""
