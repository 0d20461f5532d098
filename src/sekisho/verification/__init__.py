"""Verification records: proof, kept within one interaction, that somebody controls an identifier or a secret."""
