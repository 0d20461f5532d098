"""One request, as every surface sees it: which tenant, which language, which cookies, and the services to ask."""

import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING, cast
from urllib.parse import quote

from starlette.datastructures import QueryParams
from starlette.requests import HTTPConnection
from starlette.types import Scope

from sekisho.http.cookies import CookieJar
from sekisho.http.headers import RequestHeaders
from sekisho.http.rate_limits import RateLimits
from sekisho.i18n.languages import negotiate
from sekisho.i18n.translator import Translator, translator
from sekisho.kernel.events import Caller
from sekisho.kernel.ids import TenantId
from sekisho.kernel.lazy import lazy
from sekisho.tenants.models import DEFAULT_TENANT
from sekisho.tenants.urls import TenantUrls, urls_of

if TYPE_CHECKING:
    from sekisho.services import Runtime, Services

_KEY = "sekisho"


@dataclass(slots=True)
class BodyLimit:
    """How large a body may be, and how long it may take; a handler that knows its caller may allow more."""

    size: int = 1_100_000
    seconds: float = 30.0

    def raise_to(self, size: int) -> None:
        self.size, self.seconds = size, 180.0


class RequestContext:
    """Made by the gate for each request; lives in the ASGI scope."""

    def __init__(
        self,
        *,
        runtime: "Runtime",
        rate_limits: RateLimits,
        urls: TenantUrls,
        headers: RequestHeaders,
        scope: Scope,
        request_id: str,
    ) -> None:
        self.runtime = runtime
        self.rate_limits = rate_limits
        self.urls = urls
        self.request_id = request_id
        self.headers = headers
        self.cookies = CookieJar(header="; ".join(headers.getlist("cookie")), urls=urls)
        self.has_failed = False
        self.body_limit = BodyLimit()
        self.uow = runtime.database.unit_of_work()
        self._scope = scope

    @lazy
    def query(self) -> QueryParams:
        return QueryParams(self._scope.get("query_string", b""))

    @property
    def tenant_id(self) -> TenantId:
        return self.urls.tenant_id

    @lazy
    def services(self) -> "Services":
        """The services of this request's tenant, over this request's unit of work."""
        return self.runtime.services(urls=self.urls, uow=self.uow, caller=self.caller)

    def services_of(self, tenant_id: TenantId) -> "Services":
        """The services of another tenant over the same unit of work: only the Console and the admin tenant need it."""
        urls = urls_of(tenant_id, origin=self.urls.origin, public=self.runtime.public_urls)
        return self.runtime.services(urls=urls, uow=self.uow, caller=self.caller)

    @lazy
    def nonce(self) -> str:
        """Allows our own inline style and script on this one answer."""
        return secrets.token_urlsafe(16)

    @lazy
    def translator(self) -> Translator:
        """Speaks the caller's language: query `locale`, then `Accept-Language`. Hosted pages negotiate more."""
        tag = negotiate(locale=self.query.get("locale"), accept_language=self.headers.get("accept-language"))
        return translator(tag)

    @property
    def method(self) -> str:
        return str(self._scope["method"])

    @property
    def path(self) -> str:
        return str(self._scope["path"])

    @property
    def requested_url(self) -> str:
        """Return the URL that was asked for, on the tenant's own origin."""
        query = self._scope.get("query_string", b"").decode("latin-1")
        return self.urls.origin + quote(self._scope["path"]) + (f"?{query}" if query else "")

    @property
    def is_default_tenant(self) -> bool:
        return self.tenant_id == DEFAULT_TENANT

    @property
    def user_agent(self) -> str:
        return self.headers.get("user-agent", "")

    @lazy
    def caller(self) -> Caller:
        """Who asks, for those who are told of what happens."""
        return Caller(ip=self.client_ip, user_agent=self.user_agent)

    @lazy
    def client_ip(self) -> str:
        """The caller's address; of forwarded ones the last, which our own proxy wrote."""
        if self.runtime.settings.trust_proxy_header:
            forwarded = self.headers.get("x-forwarded-for", "").rpartition(",")[2].strip()
            if forwarded:
                return forwarded
        client = self._scope.get("client")
        return str(client[0]) if client else ""

    async def start_over(self) -> None:
        """Undo what was done so far: whoever is asked now looks again at everything."""
        await self.uow.abandon()
        self._part_services()

    def close(self) -> None:
        """Part what was made for this request: it refers to itself all over, and would wait for the collector."""
        del self._scope[_KEY]
        self._part_services()

    def _part_services(self) -> None:
        services: Services | None = self.__dict__.pop("services", None)
        if services is not None:
            services.close()

    def fail(self) -> None:
        """Undo what this request wrote: its answer is a refusal."""
        self.has_failed = True


def attach(scope: Scope, ctx: RequestContext) -> None:
    scope[_KEY] = ctx


def context(request: HTTPConnection) -> RequestContext:
    """Return the context of a request that came through the gate."""
    return cast("RequestContext", request.scope[_KEY])
