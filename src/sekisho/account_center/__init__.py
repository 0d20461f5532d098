"""What people may see and change of their own account, and how the page for it looks. One row per tenant."""
