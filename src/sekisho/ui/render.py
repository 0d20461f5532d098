"""Turns a page object into HTML."""

from sekisho.ui.page import Chrome, Page


def render(page: Page, *, chrome: Chrome) -> str:
    """The whole HTML document of a page."""
    from sekisho.ui.environment import ENVIRONMENT  # noqa: PLC0415 — endpoints that seldom show a page need no Jinja

    return ENVIRONMENT.get_template(page.template).render(page=page, chrome=chrome, t=chrome.translator)
