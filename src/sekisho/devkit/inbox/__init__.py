"""The inbox of a development server: every e-mail and SMS it sends, so that nobody needs an account anywhere.

`letters` keeps them, in memory and not many. They come two ways: `mail_server` takes what an SMTP connector is pointed
at, and `carriers` take what a tenant without a connector sends. `routing` and `pages` show them at `/dev/inbox`.
"""
