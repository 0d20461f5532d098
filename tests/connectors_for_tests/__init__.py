"""Connectors of the recordings, made with the kit like anybody's: an e-mail, an SMS and a social one.

They are installed beside the product, not in it: this folder is on the path of tests, and its `*.dist-info` names them
as entry points. What they were asked to send is in `outbox`.
"""
