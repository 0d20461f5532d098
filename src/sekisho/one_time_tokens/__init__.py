"""One-time tokens: what a link in a message carries, so that whoever can read the mailbox may sign in."""
