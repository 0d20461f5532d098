"""A profile field as a document: the same for administrators and for the pages that ask people."""

from typing import Any

from sekisho.kernel.clock import epoch_milliseconds
from sekisho.profile_fields.models import ProfileField


def field_view(field: ProfileField, *, tenant_id: str) -> dict[str, Any]:
    """Return the document of a field."""
    definition = field.definition
    return {
        "tenantId": tenant_id,
        "id": field.id,
        "name": field.name,
        "type": definition.type,
        "label": definition.label,
        "description": definition.description,
        "required": definition.is_required,
        "config": dict(definition.config),
        "createdAt": epoch_milliseconds(field.created_at),
        "sieOrder": field.sie_order,
    }
