"""How an answer travels to the redirect URI: in its query, in its fragment, or posted by the browser."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeAlias

from sekisho.oidc.params import words
from sekisho.oidc.redirect_uris import with_fragment, with_query

SUPPORTED = ("form_post", "fragment", "query")


@dataclass(frozen=True, slots=True, kw_only=True)
class RedirectToClient:
    """303 to the application."""

    location: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PostToClient:
    """A page that posts the members to the application (OAuth 2.0 Form Post Response Mode)."""

    action: str
    members: Mapping[str, str]
    is_error: bool


ClientAnswer: TypeAlias = RedirectToClient | PostToClient


def deliver(
    redirect_uri: str,
    members: Mapping[str, str],
    *,
    response_mode: str | None,
    response_type: str | None,
    is_error: bool = False,
) -> ClientAnswer:
    """Put an answer into the requested form, or the default form of the response type."""
    # Multiple Response Types §2.1: fragment is the default of every type that carries a token.
    default = "fragment" if {"token", "id_token"} & set(words(response_type)) else "query"
    match response_mode if response_mode in SUPPORTED else default:
        case "form_post":
            return PostToClient(action=redirect_uri, members=members, is_error=is_error)
        case "fragment":
            return RedirectToClient(location=with_fragment(redirect_uri, members))
        case _:
            return RedirectToClient(location=with_query(redirect_uri, members))
