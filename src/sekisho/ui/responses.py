"""Pages as answers: HTML with its policy, never kept by a cache, never shared with another origin's frame."""

from collections.abc import Sequence

from starlette.responses import HTMLResponse

from sekisho.http.context import RequestContext
from sekisho.http.headers import page_policy
from sekisho.ui.branding import DEFAULT_THEME, Theme
from sekisho.ui.page import Chrome, Page
from sekisho.ui.render import render


def plain_chrome(ctx: RequestContext, *, theme: Theme = DEFAULT_THEME) -> Chrome:
    """Return the chrome of a page that speaks the caller's language in the given look."""
    return Chrome(translator=ctx.translator, nonce=ctx.nonce, theme=theme, url=ctx.urls.url)


def page_response(
    ctx: RequestContext,
    page: Page,
    *,
    chrome: Chrome | None = None,
    status: int = 200,
    frame_ancestors: str = "'self'",
    widgets: Sequence[str] = (),
) -> HTMLResponse:
    """Return a page. `frame_ancestors` are the CSP sources that may show it in a frame, `widgets` those it may load."""
    chrome = chrome or plain_chrome(ctx)
    headers = {
        "cache-control": "no-store",
        "content-language": chrome.language,
        "content-security-policy": page_policy(nonce=chrome.nonce, frame_ancestors=frame_ancestors, widgets=widgets),
    }
    return HTMLResponse(render(page, chrome=chrome), status_code=status, headers=headers)
