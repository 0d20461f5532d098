"""Administrators: who may use the Console, and how the first of them comes to be."""
