"""Refusals of the domains slice."""

from sekisho.kernel.errors import DomainError


class DomainsNotConfigured(DomainError):
    """There is no provider of host names."""

    code = "domain.not_configured"
