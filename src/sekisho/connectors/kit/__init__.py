"""All that a connector needs, and all of Sekisho it may know (`docs/new-connector.md`).

`manifest` says what a connector is, `config` what it must be told, `social` and `messages` what it can do; `tools` is
its way to the world, `oauth` what most providers have in common, `errors` what may go wrong.
"""
