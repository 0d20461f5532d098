"""Pages for end users: sign-in, registration, consent, sign-out. HTML only; the flow decides elsewhere."""
