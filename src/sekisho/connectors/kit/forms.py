"""Form items that many connectors share, so that administrators meet the same words everywhere."""

from dataclasses import replace

from sekisho.connectors.kit.manifest import FormItem, FormItemType

CLIENT_ID = FormItem(
    key="clientId", label="Client ID", type=FormItemType.TEXT, placeholder="<client-id>", is_required=True
)
CLIENT_SECRET = FormItem(
    key="clientSecret", label="Client Secret", type=FormItemType.TEXT, placeholder="<client-secret>", is_required=True
)
SCOPE = FormItem(
    key="scope",
    label="Scope",
    type=FormItemType.MULTILINE_TEXT,
    placeholder="Enter the scopes (separated by a space)",
    is_required=False,
)


def credentials_and_scope(*, default_scope: str, with_placeholders: bool = True) -> tuple[FormItem, ...]:
    """Return the form of most OAuth providers: an application's id and secret, and what to ask people for."""
    described = replace(
        SCOPE, description=f"What people are asked to allow, separated by spaces. If empty: `{default_scope}`."
    )
    items = (CLIENT_ID, CLIENT_SECRET, described)
    return items if with_placeholders else tuple(replace(item, placeholder=None) for item in items)
