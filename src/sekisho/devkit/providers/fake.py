"""One fake provider: a consent page, a token endpoint and a profile endpoint, in the dialect of a real one.

The consent page is a form whose choices are more parameters of its own address, so a test that knows what it wants
asks for `…&account=hokusai&decision=allow&fault=slow` and is sent back at once.
"""

import asyncio
import secrets
from base64 import b64decode, urlsafe_b64encode
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from hashlib import sha256
from urllib.parse import urlencode, urlsplit

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Mount, Route

from sekisho.devkit.providers import tickets
from sekisho.devkit.providers.accounts import ACCOUNTS, Account
from sekisho.devkit.providers.dialect import Client, Dialect, Granted, client_id_of
from sekisho.devkit.providers.faults import Fault, Problem
from sekisho.devkit.providers.pages import Choice, Provider, ProviderProblem
from sekisho.devkit.providers.tickets import Code, Token
from sekisho.http.context import context
from sekisho.http.forms import Form, UnreadableForm, read_form
from sekisho.kernel.clock import Clock, epoch_seconds
from sekisho.ui.responses import page_response

_CODE_LIFETIME = timedelta(seconds=30)
_CHOICES = ("account", "decision", "fault")


@dataclass(frozen=True, slots=True, kw_only=True)
class Fake:
    """`slowness` is how long a slow answer takes: longer than any caller waits."""

    dialect: Dialect
    clock: Clock
    slowness: timedelta
    #: The ids of codes that were redeemed.
    spent: set[str]

    def mount(self, path: str) -> BaseRoute:
        """Return the routes of the provider, below a path."""
        dialect = self.dialect
        return Mount(
            f"{path}/{dialect.key}",
            routes=[
                Route(dialect.authorization_path, self.authorize, methods=["GET"]),
                Route(dialect.token_path, self.token, methods=["POST"]),
                Route(dialect.profile_path, self.profile, methods=["GET", "POST"]),
            ],
        )

    async def authorize(self, request: Request) -> Response:
        """Show who can be signed in as, or send somebody back who has chosen."""
        query = request.query_params
        if (flaw := self._flaw(query)) is not None:
            page = ProviderProblem(provider=self.dialect.name, parameter=flaw)
            return page_response(context(request), page, status=400)
        fault = Fault(query["fault"]) if query.get("fault") in self.dialect.faults else None
        match query.get("decision"), ACCOUNTS.get(query.get("account", "")):
            case "allow", Account() as account:
                return self._allowed(query, account=account, fault=fault)
            case "deny", _:
                return _back(query, self.dialect.denial)
            case _:
                return page_response(context(request), self._page(query))

    async def token(self, request: Request) -> Response:
        """Exchange a code, or a refresh token."""
        try:
            form = await read_form(request)
        except UnreadableForm:
            return self._refuse(Problem.WRONG_GRANT_TYPE)
        granted = self._granted(request, form)
        match granted:
            case Problem():
                return self._refuse(granted)
            case Granted(fault=Fault.SLOW):
                await asyncio.sleep(self.slowness.total_seconds())
            case Granted(fault=Fault.NOT_JSON):
                return HTMLResponse("<!doctype html><title>Down for maintenance</title>")
            case _:
                pass
        answer = self.dialect.tokens(granted)
        if request.query_params.get("format") == "query-string":
            return PlainTextResponse(urlencode(answer), media_type="application/x-www-form-urlencoded")
        return JSONResponse(answer)

    async def profile(self, request: Request) -> Response:
        """Tell about the account that an access token is for."""
        _, _, text = request.headers.get("authorization", "").partition(" ")
        token = tickets.read(text, Token)
        if token is None or token.provider != self.dialect.key or token.is_refresh:
            return self._refuse(Problem.WRONG_TOKEN)
        if token.fault is Fault.REVOKED_TOKEN:
            return self._refuse(Problem.WRONG_TOKEN)
        if token.fault is Fault.PROFILE_ERROR:
            return self._refuse(Problem.BROKEN)
        account = _account_of(token)
        told = self.dialect.profile(account, scopes=token.scopes, query=request.query_params)
        if isinstance(told, Problem):
            return self._refuse(told)
        return JSONResponse({} if token.fault is Fault.NO_ID else told)

    def _flaw(self, query: Mapping[str, str]) -> str | None:
        """Return the parameter for which a provider shows an error instead of sending somebody back."""
        if query.get("client_id") != client_id_of(self.dialect.key):
            return "client_id"
        target = urlsplit(query.get("redirect_uri", ""))
        if target.scheme not in {"http", "https"} or not target.netloc:
            return "redirect_uri"
        if query.get("response_type") != "code":
            return "response_type"
        return next((name for name in self.dialect.needed if not query.get(name)), None)

    def _page(self, query: Mapping[str, str]) -> Provider:
        return Provider(
            provider=self.dialect.name,
            application=urlsplit(query["redirect_uri"]).netloc,
            scopes=tuple(query.get("scope", "").split()),
            parameters=tuple((name, value) for name, value in query.items() if name not in _CHOICES),
            accounts=tuple(
                Choice(value=each.key, name=each.name, email=each.email, is_email_verified=each.is_email_verified)
                for each in ACCOUNTS.values()
            ),
            faults=tuple(map(str, self.dialect.faults)),
        )

    def _allowed(self, query: Mapping[str, str], *, account: Account, fault: Fault | None) -> Response:
        now = self.clock.now()
        code = Code(
            id=secrets.token_urlsafe(8),
            provider=self.dialect.key,
            account=account.key,
            client_id=query["client_id"],
            redirect_uri=query["redirect_uri"],
            expires_at=epoch_seconds(now if fault is Fault.EXPIRED_CODE else now + _CODE_LIFETIME),
            scopes=tuple(query.get("scope", "").split()),
            challenge=query.get("code_challenge"),
            nonce=query.get("nonce"),
            fault=fault,
        )
        state = {"state": "forged"} if fault is Fault.FORGED_STATE else {}
        return _back(query, {"code": tickets.write(code), **state})

    def _granted(self, request: Request, form: Form) -> Granted | Problem:
        client = _client_of(request, form)
        match form.get("grant_type"):
            case "authorization_code":
                code = tickets.read(form.text("code"), Code)
                return self._of_code(code, client=client, form=form)
            case "refresh_token":
                token = tickets.read(form.text("refresh_token"), Token)
                return self._of_refresh_token(token, client=client)
            case _:
                return Problem.WRONG_GRANT_TYPE

    def _of_code(self, code: Code | None, *, client: Client, form: Form) -> Granted | Problem:
        now = epoch_seconds(self.clock.now())
        if code is not None and code.fault is Fault.TOKEN_ERROR:
            return Problem.BROKEN
        if not self._knows(client) or (code is not None and code.fault is Fault.WRONG_SECRET):
            return Problem.WRONG_CLIENT
        if code is None or (code.provider, code.client_id) != (self.dialect.key, client.id):
            return Problem.WRONG_CODE
        if code.id in self.spent or code.expires_at <= now:
            return Problem.WRONG_CODE
        if code.redirect_uri != form.get("redirect_uri"):
            return Problem.WRONG_REDIRECT_URI
        # RFC 7636 §4.6: the verifier must be the one whose hash came with the authorization request.
        if code.challenge is not None and code.challenge != _challenge(form.text("code_verifier")):
            return Problem.WRONG_VERIFIER
        self.spent.add(code.id)
        token = Token(id=code.id, provider=code.provider, account=code.account, scopes=code.scopes, fault=code.fault)
        return self._grant(token, nonce=code.nonce, now=now)

    def _of_refresh_token(self, token: Token | None, *, client: Client) -> Granted | Problem:
        if not self._knows(client):
            return Problem.WRONG_CLIENT
        if token is None or token.provider != self.dialect.key or not token.is_refresh:
            return Problem.WRONG_CODE
        return self._grant(token, nonce=None, now=epoch_seconds(self.clock.now()))

    def _grant(self, token: Token, *, nonce: str | None, now: int) -> Granted:
        def written(*, is_refresh: bool) -> str:
            fresh = Token(
                id=secrets.token_urlsafe(8),
                provider=token.provider,
                account=token.account,
                scopes=token.scopes,
                is_refresh=is_refresh,
                fault=token.fault,
            )
            return tickets.write(fresh)

        return Granted(
            account=_account_of(token),
            scopes=token.scopes,
            access_token=written(is_refresh=False),
            refresh_token=written(is_refresh=True),
            nonce=nonce,
            fault=token.fault,
            now=now,
        )

    def _knows(self, client: Client) -> bool:
        return client.id == client_id_of(self.dialect.key) and self.dialect.knows(client)

    def _refuse(self, problem: Problem) -> Response:
        refusal = self.dialect.refusal(problem)
        return JSONResponse(refusal.body, status_code=refusal.status)


def _account_of(token: Token) -> Account:
    account = ACCOUNTS[token.account]
    return account.without_email() if token.fault is Fault.NO_EMAIL else account


def _back(query: Mapping[str, str], answer: Mapping[str, str]) -> Response:
    """RFC 6749 §4.1.2: with the state as it came, if there was one."""
    state = {"state": query["state"]} if "state" in query else {}
    target = query["redirect_uri"]
    separator = "&" if urlsplit(target).query else "?"
    return RedirectResponse(f"{target}{separator}{urlencode({**state, **answer})}", status_code=302)


def _client_of(request: Request, form: Form) -> Client:
    """RFC 6749 §2.3.1: HTTP Basic, or the body; RFC 7523 §2.2: or an assertion."""
    kind, _, encoded = request.headers.get("authorization", "").partition(" ")
    if kind.lower() == "basic":
        try:
            id_, _, secret = b64decode(encoded, validate=True).decode().partition(":")
        except ValueError:
            return Client(id="")
        return Client(id=id_, secret=secret, is_basic=True)
    return Client(id=form.text("client_id"), secret=form.get("client_secret"), assertion=form.get("client_assertion"))


def _challenge(verifier: str) -> str:
    return urlsafe_b64encode(sha256(verifier.encode()).digest()).decode().rstrip("=")
