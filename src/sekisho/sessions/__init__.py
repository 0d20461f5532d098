"""Browser sessions and interactions: who is signed in where, and which question a browser is being asked."""
