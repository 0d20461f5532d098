"""Tenants: the rows everything else belongs to, their configuration values, and what the installation knows of itself."""
