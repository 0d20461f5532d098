"""Who tells people from programs for a tenant: the provider's configuration. Whether it is asked, `sign_in` decides."""
