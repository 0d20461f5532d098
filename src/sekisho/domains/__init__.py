"""Custom domains. None can be added: that takes a provider of host names, and there is none to set up yet."""
