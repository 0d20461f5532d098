"""Figures of a tenant: how many users there are, are new and come back, and how many tokens were issued."""
