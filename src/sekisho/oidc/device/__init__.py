"""The device authorization grant (RFC 8628, oidc.md §17): a device asks, its user answers in a browser elsewhere.

`start` answers the device, `verification` the browser; what the device gets is in `grants.device_code`.
"""
