"""Tenants: the rows everything else belongs to, their configuration values, and the facts of the installation."""
