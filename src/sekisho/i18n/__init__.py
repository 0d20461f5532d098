"""Languages and texts: which language a reader gets, and every sentence we say in it.

Catalogs are TOML files, parsed once: ``phrases`` (what tenants may reword), ``pages`` (our own pages)
and ``errors`` (one message per error code). Surfaces ask ``translators`` for a ``Translator``; nothing
here knows HTTP or templates.
"""
