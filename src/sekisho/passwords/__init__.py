"""Passwords: how they are hashed and checked, and which ones a tenant accepts.

Knows no users: whose password it is, and what follows from a match, is the caller's business.
"""
