"""All that a connector needs, and all of Sekisho it may know (`docs/new-connector.md`).

`manifest` says what a connector is (`forms`: items many have), `config` what it must be told, `social` and `messages`
what it can do. `tools` is its way to the world (`mail`: to mail servers), `answers` what may come back, `errors` what
may go wrong. `oauth`, `standard` and `id_tokens` are what providers have in common.
"""
