"""Every call we make to others goes through here: one client, one guard, always a time limit and a size limit."""
