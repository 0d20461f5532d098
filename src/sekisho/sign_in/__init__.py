"""The sign-in experience: how a tenant lets people in, and what its pages look like. One row per tenant."""
