"""The shapes that cross the wire and the storage, as Pydantic models with the published field names."""
