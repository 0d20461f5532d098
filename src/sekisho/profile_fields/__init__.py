"""Profile fields a tenant asks people for: what they are called, what they take, in which order they stand."""
