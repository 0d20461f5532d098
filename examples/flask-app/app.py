"""A bookstore whose visitors sign in: the smallest whole Flask application with accounts.

It runs with sekisho-sdk and, unchanged, with logto 0.2.1. Settings come from the environment; see README.md.
"""
# ruff: noqa: INP001

import os
import secrets
from collections.abc import Awaitable, Callable
from functools import wraps
from http import HTTPStatus
from typing import ParamSpec

from flask import Flask, redirect, render_template_string, request, session, url_for
from werkzeug.wrappers import Response

from logto import LogtoClient, LogtoConfig, LogtoException, Storage

BASE_URL = os.environ.get("BASE_URL", "http://localhost:3000").rstrip("/")
REDIRECT_URI = f"{BASE_URL}/callback"
INTERACTION_MODE = os.environ.get("INTERACTION_MODE") or None

PAGE = """<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{{ title }} · Bookstore</title>
<style>body { font: 1rem/1.6 system-ui, sans-serif; margin: 3rem auto; max-width: 40rem; padding: 0 1rem }</style>
<h1>{{ title }}</h1>
{% if text %}<p>{{ text }}</p>{% endif %}
{% if details %}<pre>{{ details }}</pre>{% endif %}
<p>{% for label, link in links %}<a href="{{ link }}">{{ label }}</a> {% endfor %}</p>
</html>
"""

P = ParamSpec("P")

app = Flask(__name__)
# Without SECRET_KEY every start signs everybody out, and several workers cannot share the sessions.
app.secret_key = os.environ.get("SECRET_KEY") or secrets.token_hex(32)
app.config.update(SESSION_COOKIE_SAMESITE="Lax", SESSION_COOKIE_SECURE=BASE_URL.startswith("https://"))


class SessionStorage(Storage):
    """The tokens of the present visitor, in Flask's session."""

    def get(self, key: str) -> str | None:
        return session.get(key)

    def set(self, key: str, value: str | None) -> None:
        session[key] = value

    def delete(self, key: str) -> None:
        session.pop(key, None)


client = LogtoClient(
    LogtoConfig(
        endpoint=os.environ.get("LOGTO_ENDPOINT", "http://localhost:3001"),
        appId=os.environ["LOGTO_APP_ID"],
        appSecret=os.environ["LOGTO_APP_SECRET"],
        scopes=os.environ.get("LOGTO_SCOPES", "").split(),
    ),
    storage=SessionStorage(),
)


def authenticated(view: Callable[P, Awaitable[str]]) -> Callable[P, Awaitable[str | Response]]:
    """Let only signed-in visitors pass; the others sign in first."""

    @wraps(view)
    async def guarded(*args: P.args, **kwargs: P.kwargs) -> str | Response:
        if not client.isAuthenticated():
            return redirect(url_for("sign_in"))
        return await view(*args, **kwargs)

    return guarded


@app.route("/")
async def home() -> str:
    if not client.isAuthenticated():
        return page("Welcome", text="Sign in to see your books.", links={"Sign in": "/sign-in"})
    claims = client.getIdTokenClaims().model_dump_json(exclude_none=True, indent=2)
    return page("Signed in", details=claims, links={"Protected page": "/protected", "Sign out": "/sign-out"})


@app.route("/sign-in")
async def sign_in() -> Response:
    return redirect(await client.signIn(redirectUri=REDIRECT_URI, interactionMode=INTERACTION_MODE))


@app.route("/callback")
async def callback() -> Response:
    await client.handleSignInCallback(request.url)
    return redirect(url_for("home"))


@app.route("/sign-out")
async def sign_out() -> Response:
    return redirect(await client.signOut(postLogoutRedirectUri=f"{BASE_URL}/"))


@app.route("/protected")
@authenticated
async def protected() -> str:
    user = await client.fetchUserInfo()
    return page("Protected page", text=f"Only {user.name or user.username or user.sub} sees this.", links={"Home": "/"})


@app.errorhandler(LogtoException)
def show_error(error: LogtoException) -> tuple[str, HTTPStatus]:
    app.logger.warning("%s: %s", type(error).__name__, error)
    text = "The sign-in did not finish. The server or this application said:"
    links = {"Try again": "/sign-in", "Home": "/"}
    return page("That did not work", text=text, details=str(error), links=links), HTTPStatus.BAD_REQUEST


def page(title: str, *, text: str = "", details: str = "", links: dict[str, str]) -> str:
    return render_template_string(PAGE, title=title, text=text, details=details, links=links.items())


if __name__ == "__main__":
    app.run(port=3000)
