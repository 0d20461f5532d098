"""SMTP: e-mails through any mail server (connectors.md §3.5).

`config` is what an administrator decides, `form` how it is asked, `presets` what known providers need; `connector`
sends, `tokens` gets it signed in with OAuth 2.0, `advice` says what to change when it fails.
"""
