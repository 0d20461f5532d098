"""Phrases that a tenant words itself, in languages we speak or do not: one translation per language."""
