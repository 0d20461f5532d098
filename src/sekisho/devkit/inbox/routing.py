"""`/dev/inbox`: the list, one message, and a message's HTML, which is somebody else's and kept apart."""

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import BaseRoute, Route

from sekisho.devkit.inbox.letters import MOST_KEPT, Inbox, Letter
from sekisho.devkit.inbox.mail_server import HOST, DevelopmentMailServer
from sekisho.devkit.inbox.pages import InboxPage, LetterPage, ListedLetter, Listening
from sekisho.http.context import RequestContext, context
from sekisho.ui.responses import page_response

PATH = "/dev/inbox"
_LONGEST_EXCERPT = 200
# Attack: a mail whose HTML acts in our name. It is a document without an origin, runs nothing and submits nothing.
_APART = (
    "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data: https: http:; form-action 'none';"
    " base-uri 'none'; frame-ancestors 'self'"
)


def inbox_routes(inbox: Inbox, mail_server: DevelopmentMailServer | None) -> Sequence[BaseRoute]:
    """Return the pages of an inbox."""
    desk = _Desk(inbox=inbox, mail_server=mail_server)
    return (
        Route(PATH, desk.show_inbox, methods=["GET"]),
        Route(f"{PATH}/{{number:int}}", desk.show_letter, methods=["GET"]),
        Route(f"{PATH}/{{number:int}}/html", desk.show_html, methods=["GET"]),
    )


@dataclass(frozen=True, slots=True, kw_only=True)
class _Desk:
    inbox: Inbox
    mail_server: DevelopmentMailServer | None

    async def show_inbox(self, request: Request) -> Response:
        ctx = context(request)
        page = InboxPage(
            url=ctx.urls.url(PATH),
            letters=tuple(_listed(each, ctx=ctx) for each in self.inbox.newest()),
            most_kept=str(MOST_KEPT),
            listening=self._listening(),
        )
        return page_response(ctx, page)

    async def show_letter(self, request: Request) -> Response:
        ctx = context(request)
        letter = self.inbox.find(request.path_params["number"])
        if letter is None:  # it made room, or the server was started anew
            return RedirectResponse(ctx.urls.url(PATH), status_code=303)
        answer = page_response(ctx, _shown(letter, ctx=ctx))
        answer.headers["content-security-policy"] += "; frame-src 'self'"
        return answer

    async def show_html(self, request: Request) -> Response:
        letter = self.inbox.find(request.path_params["number"])
        if letter is None or not letter.draft.html:
            return Response(status_code=404)
        headers = {"content-security-policy": _APART, "cache-control": "no-store", "referrer-policy": "no-referrer"}
        return HTMLResponse(letter.draft.html, headers=headers)

    def _listening(self) -> Listening | None:
        if self.mail_server is None:
            return None
        return Listening(host=HOST, port=str(self.mail_server.port), is_listening=self.mail_server.is_listening)


def _url(letter: Letter, *, ctx: RequestContext) -> str:
    return ctx.urls.url(f"{PATH}/{letter.number}")


def _time(letter: Letter) -> str:
    return f"{letter.received_at:%Y-%m-%d %H:%M:%S} UTC"


def _listed(letter: Letter, *, ctx: RequestContext) -> ListedLetter:
    return ListedLetter(
        url=_url(letter, ctx=ctx),
        kind=letter.draft.kind,
        to=letter.draft.to,
        subject=letter.draft.subject or None,
        words=letter.words[:_LONGEST_EXCERPT],
        code=letter.code,
        at=_time(letter),
        at_exactly=letter.received_at.isoformat(),
    )


def _shown(letter: Letter, *, ctx: RequestContext) -> LetterPage:
    draft = letter.draft
    return LetterPage(
        inbox_url=ctx.urls.url(PATH),
        kind=draft.kind,
        way=draft.way,
        to=draft.to,
        sender=draft.sender or None,
        subject=draft.subject or None,
        at=_time(letter),
        code=letter.code,
        links=tuple(letter.links),
        text=draft.text or None,
        html_url=f"{_url(letter, ctx=ctx)}/html" if draft.html else None,
    )
