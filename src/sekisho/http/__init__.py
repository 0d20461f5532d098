"""What every HTTP surface shares: tenant resolution, the request context, cookies, CSRF, forms, headers, error bodies.

Knows requests and answers, but no endpoint.
"""
