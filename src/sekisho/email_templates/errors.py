"""Refusals about e-mail templates (management-api.md §13.4)."""

from sekisho.email_templates.models import EmailTemplateId
from sekisho.kernel.errors import DomainError, EntityIdNotFound, ErrorKind


class EmailTemplateNotFound(EntityIdNotFound):
    def __init__(self, template_id: EmailTemplateId) -> None:
        super().__init__(name="email_templates", id=template_id)


class DeletesEverything(DomainError):
    """A deletion of many that does not say which."""

    code = "connector.email_connector.bulk_deletion_no_filter"
    kind = ErrorKind.UNPROCESSABLE
