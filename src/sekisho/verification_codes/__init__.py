"""Verification codes: six digits in a message, to prove that somebody reads what is sent to an address or a number."""
