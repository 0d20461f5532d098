"""What makes a user of the admin tenant an administrator."""

from datetime import timedelta

ADMINISTRATOR_ROLE = "default:admin"
USER_ROLE = "user"
"""Every user who registers in the admin tenant gets this one; it opens nothing of the product's own."""

FIRST_ADMIN_TOKEN_LIFE = timedelta(hours=24)
